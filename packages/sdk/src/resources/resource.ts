import { DEFINITION, type Definition } from "../definition/definition.ts";
import { captureSourcePosition, type SourcePosition } from "../definition/source-position.ts";
import type { ConfigInputOf, ConfigOf, ConfigSchema, TakesConfig } from "../config/config-schema.ts";
import type { Logger } from "../context/logger.ts";

declare const resourceValue: unique symbol;

/** Resources by the name under which user code finds them. */
export type ResourceMap = Readonly<Record<string, Resource>>;

/** What `context.resources` holds for a map of resources. */
export type ResourceValues<R> = { readonly [K in keyof R]: R[K] extends Resource<infer T> ? T : never };

/** Something that code needs and that is set up once per run: a connection, a client, a folder. */
export interface Resource<T = unknown, C = unknown> extends Definition<"resource">, TakesConfig<C> {
  readonly [resourceValue]?: T;
  /** Unique in a code location; `definitions({ resources })` and run config refer to it. */
  readonly name: string;
  readonly description: string | null;
  readonly config: (C & ConfigSchema) | null;
  /** Config given with `withConfig`; run config is laid over it. */
  readonly boundConfig: unknown;
  /** Where that was. */
  readonly boundAt: SourcePosition | null;
  readonly resources: ResourceMap;
  readonly setup: (context: never) => unknown;
  readonly teardown: ((value: never, context: never) => unknown) | null;
}

/** What setting up a resource receives. */
export interface ResourceContext<C = undefined, R = unknown> {
  readonly config: ConfigOf<C>;
  readonly resources: ResourceValues<R>;
  readonly log: Logger;
  readonly runId: string;
  /** Aborted when the run is interrupted. */
  readonly signal: AbortSignal;
}

/** How a resource is made and ended. */
export interface ResourceOptions<T, C, R> {
  readonly description?: string;
  readonly config?: C;
  /** Other resources that this one needs; they are set up before it and torn down after it. */
  readonly resources?: R;
  /** Makes the value, once per run, before the first step starts. */
  readonly setup: (context: ResourceContext<C, R>) => T | Promise<T>;
  /** Runs at the end of the run, also when it failed or was interrupted. */
  readonly teardown?: (value: T, context: ResourceContext<C, R>) => unknown;
}

/**
 * Declares a resource. `setup` runs in the run worker (and in the code server for schedules and sensors that use it).
 *
 * @example
 * export const warehouse = resource("warehouse", {
 *   config: z.object({ path: z.string() }),
 *   setup: async ({ config }) => openWarehouse(config.path),
 *   teardown: async (warehouse) => warehouse.close(),
 * });
 */
export function resource<T, C extends ConfigSchema | undefined = undefined, R extends ResourceMap = {}>(
  name: string,
  options: ResourceOptions<T, C, R>,
): Resource<T, C>;
export function resource(name: string, options: LooseResourceOptions): Resource {
  return Object.freeze({
    [DEFINITION]: "resource",
    source: captureSourcePosition(resource),
    name,
    description: options.description ?? null,
    config: options.config ?? null,
    boundConfig: undefined,
    boundAt: null,
    resources: options.resources ?? {},
    setup: options.setup,
    teardown: options.teardown ?? null,
  } as const);
}

/** The same resource with its config given in code; run config may still replace single fields. */
export function withConfig<T, C>(
  resource: Resource<T, C>,
  config: Partial<ConfigInputOf<C>>,
): Resource<T, C> {
  return Object.freeze({ ...resource, boundConfig: config, boundAt: captureSourcePosition(withConfig) });
}

/** A resource that is this value: for tests and for what needs no set-up. */
export function valueResource<T>(name: string, value: T): Resource<T, undefined> {
  return Object.freeze({
    [DEFINITION]: "resource",
    source: captureSourcePosition(valueResource),
    name,
    description: null,
    config: null,
    boundConfig: undefined,
    boundAt: null,
    resources: {},
    setup: () => value,
    teardown: null,
  } as const);
}

interface LooseResourceOptions {
  readonly description?: string;
  readonly config?: ConfigSchema | undefined;
  readonly resources?: ResourceMap;
  readonly setup: (context: never) => unknown;
  readonly teardown?: (value: never, context: never) => unknown;
}
