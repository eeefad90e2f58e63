import type { ReadyStep } from "@millrace/model/steps/step-machine";
import type { PlannedStep } from "../execution/plan/execution-plan.ts";
import type { RunInfo } from "../execution/scope/run-info.ts";
import { runInSpan, type SpanAttributes } from "./open-telemetry.ts";

/** Does the work of a run in its span. */
export function runInRunSpan<T>(
  run: RunInfo,
  partitionKey: string | null,
  explainFailure: (outcome: T) => string | null,
  work: () => Promise<T>,
): Promise<T> {
  const name = `run ${run.jobName}`;
  const attributes = { ...attributesOf(run), ...partitionAttribute(partitionKey) };
  return runInSpan({ name, attributes, traceParent: run.traceParent ?? null, explainFailure }, work);
}

/** Does the work of one attempt of a step in its span. */
export function runInStepSpan<T>(
  run: RunInfo,
  planned: PlannedStep,
  { stepKey, attempt }: ReadyStep,
  work: () => Promise<T>,
): Promise<T> {
  const assetKeys = planned.outputs.flatMap(({ name, asset }) =>
    asset === null || !planned.selectedOutputs.has(name) ? [] : [asset.key],
  );
  const attributes: SpanAttributes = {
    ...attributesOf(run),
    "millrace.step.key": stepKey,
    "millrace.step.attempt": attempt,
    ...(assetKeys.length === 0 ? {} : { "millrace.asset.keys": assetKeys }),
    ...partitionAttribute(planned.partitionKeys?.join(", ") ?? null),
  };
  return runInSpan({ name: `step ${stepKey}`, attributes, traceParent: run.traceParent ?? null }, work);
}

function attributesOf(run: RunInfo): SpanAttributes {
  return { "millrace.run.id": run.runId, "millrace.job.name": run.jobName };
}

function partitionAttribute(partitionKey: string | null): SpanAttributes {
  return partitionKey === null ? {} : { "millrace.partition.key": partitionKey };
}
