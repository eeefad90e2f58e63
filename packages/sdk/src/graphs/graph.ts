import { DEFINITION } from "../definition/definition.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { ConfigOf, ConfigSchema, TakesConfig } from "../config/config-schema.ts";
import { checkConfigSchema } from "../computation/create-computation.ts";
import type { SourcePosition } from "../definition/source-position.ts";
import { RESULT, recordBody, recordInvocation } from "./composition.ts";
import type { GraphConfigMapping, GraphDefinition, InvocationOptions } from "./graph-definition.ts";
import {
  createHandle,
  createManyHandle,
  isHandle,
  type Handle,
  type HandleInputs,
  type HandleMap,
  type ManyHandle,
} from "./handle.ts";

/** A graph. Calling it in the body of another graph or of a job puts it there as one node. */
export interface Graph<A extends readonly Handle[] = never, H = unknown, C = unknown>
  extends GraphDefinition, TakesConfig<C> {
  (...inputs: HandleInputs<HandleTypes<A>>): H;
  with(options: Pick<InvocationOptions, "alias" | "after">): (...inputs: HandleInputs<HandleTypes<A>>) => H;
}

type HandleTypes<A extends readonly Handle[]> = { [I in keyof A]: A[I] extends Handle<infer T> ? T : never };

/** What the body of a graph may return. */
type GraphResult = Handle | ManyHandle | HandleMap | void;

/** How a graph is described. */
export interface GraphOptions<C> {
  readonly description?: string;
  /** Names of the inputs, in order. */
  readonly inputs?: readonly string[];
  /** Schema of the config of the graph as a whole, which `mapConfig` turns into that of its ops. */
  readonly config?: C;
  /**
   * Configs by the name of the op, or of the inner graph with a config of its own. Config that a run gives to an op itself
   * comes before it.
   */
  readonly mapConfig?: (config: ConfigOf<C>) => Readonly<Record<string, unknown>>;
}

/**
 * Declares a graph: `body` is run once, at definition, and calls ops and other graphs with the handles it receives.
 *
 * @example
 * const mean = graph("mean", (numbers: Handle<number[]>) => divide(sum(numbers), count(numbers)));
 * // A graph with one config for all of its ops; `fetch_file` and `store_file` have configs of their own.
 * const copy = graph(
 *   "copy",
 *   {
 *     config: z.object({ folder: z.string() }),
 *     mapConfig: ({ folder }) => ({ fetch_file: { from: folder }, store_file: { to: `${folder}/copy` } }),
 *   },
 *   () => storeFile(fetchFile()),
 * );
 */
export function graph<A extends readonly Handle[], H extends GraphResult>(
  name: string,
  body: (...inputs: A) => H,
): Graph<A, H, undefined>;
export function graph<
  A extends readonly Handle[],
  H extends GraphResult,
  C extends ConfigSchema | undefined = undefined,
>(name: string, options: GraphOptions<C>, body: (...inputs: A) => H): Graph<A, H, C>;
export function graph<A extends readonly Handle[], H extends GraphResult>(
  name: string,
  ...rest:
    | [body: (...inputs: A) => H]
    | [options: GraphOptions<ConfigSchema | undefined>, body: (...inputs: A) => H]
): Graph<A, H, ConfigSchema | undefined> {
  const source = captureSourcePosition(graph);
  const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  if (typeof body !== "function")
    throw new DefinitionError(
      "invalid_option",
      `${describeDefinition("graph", name, { source })}: the body comes last: graph(name, { config, mapConfig }, body)`,
    );
  const inputs = Array.from({ length: body.length }, (_, index) =>
    createHandle({ kind: "graph_input", index }),
  );
  let result: H | undefined;
  const recorded = recordBody(
    () => describeDefinition("graph", name, { source }),
    () => {
      result = body(...(inputs as readonly Handle[] as A));
      return result;
    },
  );
  const invoke =
    (invocation: InvocationOptions) =>
    (...values: readonly unknown[]): H => {
      const node = recordInvocation(definition, values, invocation);
      const rebase = (outputName: string, handle: unknown): unknown => {
        const from = { kind: "output", node, outputName } as const;
        return isHandle(handle) && "map" in handle ? createManyHandle(from) : createHandle(from);
      };
      if (result === undefined) return result as H;
      const handles = isHandle(result)
        ? rebase(RESULT, result)
        : Object.fromEntries(Object.entries(result).map(([key, handle]) => [key, rebase(key, handle)]));
      return handles as H;
    };
  const definition = Object.assign(invoke({}), {
    [DEFINITION]: "graph" as const,
    source,
    description: options.description ?? null,
    inputNames: inputs.map((_, index) => options.inputs?.[index] ?? `input_${index + 1}`),
    body: recorded,
    configMapping: readConfigMapping(name, options, source),
    with: invoke,
  });
  Object.defineProperty(definition, "name", { value: name, enumerable: true });
  return Object.freeze(definition);
}

function readConfigMapping<C extends ConfigSchema | undefined>(
  name: string,
  { config, mapConfig }: GraphOptions<C>,
  source: SourcePosition | null,
): GraphConfigMapping | null {
  if (config === undefined && mapConfig === undefined) return null;
  if (config === undefined || mapConfig === undefined) {
    throw new DefinitionError(
      "invalid_option",
      `${describeDefinition("graph", name, { source })}: config and mapConfig need each other`,
    );
  }
  checkConfigSchema("graph", name, config, source);
  return { config, map: mapConfig };
}
