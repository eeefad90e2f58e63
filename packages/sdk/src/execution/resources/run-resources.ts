import { formatDuration } from "@millrace/model/time/format-duration";
import type { RunConfig } from "@millrace/model/config/run-config";
import { parseConfig } from "../../config/parse-config.ts";
import type { Resource, ResourceMap } from "../../resources/resource.ts";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import type { RunScope } from "../scope/run-scope.ts";
import { createLogger } from "../scope/run-log.ts";
import { emit } from "../scope/emit.ts";
import { unlessInterrupted } from "../scope/until-interrupted.ts";

/** A resource could not be set up; the event that says so has been emitted. */
export class ResourceSetupFailed extends Error {
  constructor(name: string, options: ErrorOptions) {
    super(`Resource "${name}" could not be set up`, options);
    this.name = "ResourceSetupFailed";
  }
}

/** The resources of a run, set up. */
export interface RunResources {
  readonly values: ReadonlyMap<string, unknown>;
  /** Tears all of them down, last one first. Failures are logged and hold nothing up. */
  tearDown(): Promise<void>;
}

/** Config of every resource that a run needs, by name, read before the first one is set up. */
export async function parseResourceConfigs(
  scope: RunScope,
  resources: ReadonlyMap<string, Resource>,
  runConfig: RunConfig,
): Promise<Map<string, unknown>> {
  const configs = new Map<string, unknown>();
  for (const [name, resource] of resources) {
    const given = runConfig.resources?.[name]?.config;
    const config =
      isRecord(given) && isRecord(resource.boundConfig) ? { ...resource.boundConfig, ...given } : given;
    const where = `resources.${name}.config`;
    configs.set(
      name,
      await parseConfig(resource.config, config ?? resource.boundConfig, where, scope.environment),
    );
  }
  return configs;
}

/**
 * Sets up resources one after the other.
 *
 * @param stepKey The step that they are for; null: the run as a whole.
 * @param given Values of resources that are set up already: others may need them. They are not torn down.
 * @throws ResourceSetupFailed after the resources before it were torn down.
 */
export async function setUpResources(
  scope: RunScope,
  resources: ReadonlyMap<string, Resource>,
  configs: ReadonlyMap<string, unknown>,
  stepKey: string | null,
  given: ReadonlyMap<string, unknown> = new Map(),
): Promise<RunResources> {
  const values = new Map(given);
  const teardowns: (() => Promise<void>)[] = [];
  const tearDown = async (): Promise<void> => {
    for (const end of teardowns.splice(0).toReversed()) await end();
  };
  for (const [name, resource] of resources) {
    emit(scope, {
      type: "RESOURCE_INIT_STARTED",
      resource: name,
      stepKey,
      message: `Setting up resource ${name}`,
    });
    const context = {
      config: configs.get(name),
      resources: pickResources(values, resource.resources),
      log: createLogger(scope, stepKey),
      runId: scope.run.runId,
      signal: scope.signal,
    };
    const startedAt = scope.clock.monotonic();
    try {
      const settingUp = Promise.resolve().then(() => call(resource.setup)(context));
      const value = await unlessInterrupted(scope, scope.signal, () => settingUp).catch((error: unknown) => {
        // One that comes about after all must not stay.
        if (scope.signal.aborted)
          settingUp.then(
            (late) => tearDownOne(scope, name, resource, late, context),
            () => {},
          );
        throw error;
      });
      values.set(name, value);
      teardowns.push(() => tearDownOne(scope, name, resource, value, context));
    } catch (error) {
      emit(scope, {
        type: "RESOURCE_INIT_FAILURE",
        resource: name,
        stepKey,
        error: toErrorInfo(error),
        message: `Resource ${name} could not be set up`,
      });
      await tearDown();
      throw new ResourceSetupFailed(name, { cause: error });
    }
    const took = formatDuration(scope.clock.monotonic() - startedAt);
    emit(scope, {
      type: "RESOURCE_INIT_SUCCESS",
      resource: name,
      stepKey,
      message: `Resource ${name} is set up after ${took}`,
    });
  }
  return { values, tearDown };
}

/** The values that `context.resources` holds, under the names that the definition uses. */
export function pickResources(
  values: ReadonlyMap<string, unknown>,
  map: ResourceMap,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(map).map(([key, resource]) => [key, values.get(resource.name)]));
}

async function tearDownOne(
  scope: RunScope,
  name: string,
  resource: Resource,
  value: unknown,
  context: unknown,
): Promise<void> {
  if (resource.teardown === null) return;
  try {
    await (resource.teardown as (value: unknown, context: unknown) => unknown)(value, context);
  } catch (error) {
    const message = `Resource ${name} could not be torn down`;
    emit(scope, { type: "ENGINE_EVENT", stepKey: null, error: toErrorInfo(error), metadata: {}, message });
  }
}

/** User code with its parameter's type forgotten: it was checked against the context where the resource was defined. */
function call(setup: Resource["setup"]): (context: unknown) => unknown {
  return setup as (context: unknown) => unknown;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("env" in value);
}
