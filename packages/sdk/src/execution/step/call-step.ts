import { createDeployment } from "../../context/deployment.ts";
import { dynamicPartitionsAccess } from "../../partitions/dynamic-partitions-access.ts";
import type { ReportedEvent } from "@millrace/model/reported-event";
import { reportAsset } from "./report-asset.ts";
import type { PlannedCheck } from "../plan/execution-plan.ts";
import { InvalidStepResult } from "../scope/step-failures.ts";
import { unlessInterrupted } from "../scope/until-interrupted.ts";
import { pickResources } from "../resources/run-resources.ts";
import type { RunScope } from "../scope/run-scope.ts";
import type { StepAsset } from "../../computation/step-context.ts";
import { inputContextOf, pickParameters } from "./input-context.ts";
import { stateAccessOf } from "./state-access.ts";
import { partitionsOf, withoutPartition } from "./step-partitions.ts";
import type { StepScope } from "../scope/step-scope.ts";
import { upstreamContextOf } from "./upstream-context.ts";

/**
 * Calls the code of a step. When its time is over it fails at once; when the run is interrupted it has a few seconds to
 * end by itself. What goes on running after that is left alone: nothing waits for it any more.
 *
 * @throws StepTimedOut, StepInterrupted, or what the code threw.
 */
export function callStep(scope: RunScope, step: StepScope, values: readonly unknown[]): Promise<unknown> {
  const { compute } = step.planned.computation;
  return unlessInterrupted(scope, step.signal, () =>
    (compute as (...values: readonly unknown[]) => unknown)(
      createContext(scope, step, values),
      ...pickParameters(step.planned, values),
    ),
  );
}

function createContext(scope: RunScope, step: StepScope, values: readonly unknown[]): unknown {
  const { planned } = step;
  const { run } = scope;
  const [output] = planned.outputs;
  const context = {
    runId: run.runId,
    jobName: run.jobName,
    stepKey: step.key,
    attempt: step.attempt,
    assets: listAssets(step),
    runTags: run.tags,
    config: step.configs.steps.get(planned.key),
    resources: pickResources(step.resources, planned.computation.resources),
    log: step.log,
    signal: step.signal,
    ...step.waiting,
    now: () => new Date(scope.clock.now()),
    deployment: createDeployment(scope.instance),
    state: stateAccessOf(step),
    dynamicPartitions: dynamicPartitionsAccess(scope.instance),
    report: ({ event }: { readonly event: ReportedEvent }): void => reportAsset(scope, step, event),
    addOutputMetadata: (metadata: Readonly<Record<string, never>>, outputName?: string): void => {
      const name = outputName ?? output?.name ?? "";
      if (!planned.outputs.some((known) => known.name === name)) {
        throw new InvalidStepResult(`Step "${step.key}" has no output "${name}" to add metadata to`);
      }
      step.addedMetadata.set(name, { ...step.addedMetadata.get(name), ...metadata });
    },
    ...partitionsOf(planned),
    ...subjectOf(step, values),
    ...(planned.kind === "op" ? {} : upstreamContextOf(scope, step)),
  };
  if (Object.hasOwn(context, "partitionKey")) return context;
  return Object.setPrototypeOf(context, withoutPartition(planned)) as unknown;
}

function listAssets({ planned }: StepScope): readonly StepAsset[] {
  return planned.outputs.flatMap(({ name, asset }) =>
    asset === null || !planned.selectedOutputs.has(name)
      ? []
      : [{ outputName: name, key: asset.key, codeVersion: asset.codeVersion }],
  );
}

function subjectOf({ planned }: StepScope, values: readonly unknown[]): object {
  if (planned.kind === "op") return {};
  if (planned.kind === "check") return subjectOfCheck(planned.checks);
  const [output, ...others] = planned.outputs;
  if (others.length === 0 && output?.name === "result") return { assetKey: output.asset?.key };
  return { selectedAssets: planned.selectedOutputs, ...inputContextOf(planned, values) };
}

function subjectOfCheck(checks: readonly PlannedCheck[]): object {
  const [only] = checks;
  if (only?.resultName === null) return { assetKey: only.assetKey };
  return { selectedChecks: new Set(checks.map(({ resultName }) => resultName)) };
}
