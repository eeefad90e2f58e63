import { plainCheckMessage } from "@millrace/model/check-message";
import type { ReportedEvent } from "@millrace/model/reported-event";
import { emit } from "../scope/emit.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { InvalidStepResult } from "../scope/step-failures.ts";
import type { StepScope } from "../scope/step-scope.ts";

/**
 * Tells in the run's events of an asset that something else makes.
 *
 * @throws InvalidStepResult for an asset that the step makes itself.
 */
export function reportAsset(scope: RunScope, step: StepScope, event: ReportedEvent): void {
  const { assetKey, partitionKey: partition, metadata, description } = event;
  if (event.kind !== "check" && step.planned.outputs.some(({ asset }) => asset?.key === assetKey))
    throw new InvalidStepResult(
      `Step "${step.key}" makes "${assetKey}" itself: return materializeResult({ … }) instead of reporting it`,
    );
  const common = { stepKey: step.key, assetKey, partition, metadata, isReported: true };
  if (event.kind === "check") {
    const { checkName, passed, severity } = event;
    const message = description ?? `${plainCheckMessage({ checkName, assetKey, passed })} elsewhere`;
    emit(scope, {
      ...common,
      type: "ASSET_CHECK_EVALUATION",
      checkName,
      passed,
      severity,
      blocking: false,
      message,
    });
    return;
  }
  const isMade = event.kind === "materialization";
  emit(scope, {
    ...common,
    type: isMade ? "ASSET_MATERIALIZATION" : "ASSET_OBSERVATION",
    tags: event.tags,
    dataVersion: event.dataVersion ?? (isMade ? newVersion(scope) : null),
    description,
    message: description ?? `Reported that asset ${assetKey} was ${isMade ? "made" : "seen"} elsewhere`,
  });
}

/** Nobody can say that the data is the same as before: a version that no data has had. */
function newVersion({ random, clock }: RunScope): string {
  return `${clock.now().toString(36)}-${Math.floor(random() * 2 ** 48).toString(36)}`;
}
