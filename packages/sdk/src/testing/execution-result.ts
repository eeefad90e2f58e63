import type { AssetKey } from "@millrace/model/asset-key";
import type { ErrorInfo, RunEvent } from "@millrace/model/run-event";
import type { Asset } from "../assets/asset-definition.ts";
import { memoryKey } from "../io/memory-io-manager.ts";
import type { RunOutcome } from "../execution/run/execute-run.ts";

/** What came out of a run in a test. */
export interface ExecutionResult {
  readonly outcome: RunOutcome;
  readonly succeeded: boolean;
  /** All events in order. */
  readonly events: readonly RunEvent[];
  /** Events of one type. */
  eventsOf<T extends RunEvent["type"]>(type: T): Extract<RunEvent, { readonly type: T }>[];
  /** The value that the run stored for an asset. Throws when it stored none. */
  value<T>(asset: Asset<T>, partitionKey?: string): T;
  /** The value of an output of an op. Throws when the run has none. */
  output(stepKey: string, outputName?: string, mappingKey?: string | null): unknown;
}

/** The run of a test did not succeed. The message names every error; `result` has the events. */
export class StepsFailed extends Error {
  readonly code = "steps_failed";
  readonly result: ExecutionResult;

  constructor(result: ExecutionResult) {
    const failures = [...result.eventsOf("STEP_FAILURE"), ...result.eventsOf("RUN_FAILURE")];
    const causes = failures.filter((event) => event.error !== null);
    super(
      causes.map((event) => event.message).join("\n"),
      causes[0] ? { cause: toError(causes[0].error) } : {},
    );
    this.name = "StepsFailed";
    this.result = result;
  }
}

/** Makes the result of a run from its events and the values in memory. */
export function createResult(
  outcome: RunOutcome,
  events: readonly RunEvent[],
  values: ReadonlyMap<string, unknown>,
  runId: string,
  partitionKey: string | null,
): ExecutionResult {
  const read = (key: string, what: string): unknown => {
    if (!values.has(key)) throw new Error(`The run stored no value for ${what}`);
    return values.get(key);
  };
  const assetAddress = (assetKey: AssetKey, key: string | null): string =>
    memoryKey({ assetKey, partitionKey: key, runId, stepKey: "", outputName: "", mappingKey: null });
  return {
    outcome,
    succeeded: outcome === "SUCCESS",
    events,
    eventsOf: <T extends RunEvent["type"]>(type: T) =>
      events.filter((event): event is Extract<RunEvent, { readonly type: T }> => event.type === type),
    value: <T>(asset: Asset<T>, key?: string) => {
      const partition = asset.partitions === undefined ? null : (key ?? partitionKey);
      return read(assetAddress(asset.key, partition), `asset "${asset.key}"`) as T;
    },
    output: (stepKey, outputName = "result", mappingKey = null) => {
      const key = memoryKey({
        assetKey: null,
        partitionKey: null,
        runId,
        stepKey,
        outputName,
        mappingKey,
      });
      // An op that returns nothing emits its output, of which nothing is stored when no step takes it.
      if (!values.has(key) && events.some((event) => isOutput(event, stepKey, outputName, mappingKey)))
        return undefined;
      return read(key, `output "${outputName}" of step "${stepKey}"`);
    },
  };
}

function isOutput(event: RunEvent, stepKey: string, outputName: string, mappingKey: string | null): boolean {
  return (
    event.type === "STEP_OUTPUT" &&
    event.stepKey === stepKey &&
    event.outputName === outputName &&
    event.mappingKey === mappingKey
  );
}

function toError(info: ErrorInfo | null): Error | undefined {
  if (info === null) return undefined;
  const error = new Error(info.message, info.cause === null ? {} : { cause: toError(info.cause) });
  error.name = info.name;
  if (info.stack !== null) error.stack = info.stack;
  return error;
}
