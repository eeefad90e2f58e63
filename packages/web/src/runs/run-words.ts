import { assetStepName, parseAssetKey } from "@millrace/model/asset-key";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { lookOfRunNow } from "./looks/run-look.ts";

const REASONS: Readonly<Record<RunFailureReason, string>> = {
  STEP_FAILURE: "A step failed",
  JOB_INITIALIZATION_FAILURE: "The job could not be set up",
  RUN_EXCEPTION: "The run broke outside its steps",
  LAUNCH_FAILURE: "The run could not be launched",
  WORKER_DIED: "The worker died",
  WORKER_LOST: "The worker was lost",
  WORKER_HUNG: "The worker hung",
  MAX_RUNTIME_EXCEEDED: "The run took longer than its maximum run time",
};

/** Why a run failed, in words; a reason this version does not know is shown as it is. */
export function describeFailureReason(reason: string | null): string {
  if (reason === null) return "The run failed";
  return reason in REASONS ? REASONS[reason as RunFailureReason] : reason;
}

/** Whether the control plane has the worker stopped because the run fails: it is not being canceled. */
export function isBeingFailed(run: {
  readonly status: string;
  readonly failureReason: string | null;
}): boolean {
  return run.status === "CANCELING" && run.failureReason !== null;
}

/** The word for a run's status; a run that is stopped because it fails says that it is stopping, and took too long if it did. */
export function describeStatus(run: {
  readonly status: string;
  readonly failureReason: string | null;
  readonly waitingUntil: string | null;
}): string {
  if (run.failureReason === "MAX_RUNTIME_EXCEEDED")
    return isBeingFailed(run) ? "Took too long, stopping" : "Failed: took too long";
  return isBeingFailed(run) ? "Stopping" : lookOfRunNow(run).label;
}

/** The assets that one step of a run makes, as far as the run tells: of a step that makes several, those of a part of it. */
export function listMade(
  run: {
    readonly assetKeys: readonly string[];
    readonly steps: readonly { readonly key: string; readonly assetKeys: readonly string[] }[];
  },
  stepKey: string | undefined,
): readonly string[] {
  const part = run.steps.find(({ key }) => key === stepKey)?.assetKeys ?? [];
  return part.length > 0
    ? part
    : run.assetKeys.filter((key) => assetStepName(parseAssetKey(key)) === stepKey);
}

/** The tags people set; the system's own begin with a prefix and a slash. */
export function userTags<T extends { readonly key: string }>(tags: readonly T[]): T[] {
  return tags.filter((tag) => !/^\.?(?:millrace|dagster)\//.test(tag.key));
}

/** The partition of a run, or the first and the last of several; null when nothing in it is partitioned. */
export function describePartitions(run: {
  readonly partitionKey: string | null;
  readonly partitionRange: { readonly start: string; readonly end: string } | null;
}): string | null {
  return run.partitionRange ? `${run.partitionRange.start} … ${run.partitionRange.end}` : run.partitionKey;
}

const ORIGINS: Readonly<Record<string, string>> = {
  SCHEDULE: "schedule",
  SENSOR: "sensor",
  AUTOMATION: "automation",
  BACKFILL: "backfill",
  RETRY: "an automatic retry",
};

/** Who or what launched a run; null where nobody knows. */
export function describeOrigin({
  kind,
  name,
}: {
  readonly kind: string;
  readonly name: string | null;
}): string | null {
  return [ORIGINS[kind], name].filter((word) => word != null).join(" ") || null;
}

const REPETITIONS: Readonly<Record<string, string>> = {
  all_steps: "all steps",
  from_failure: "from failure",
  from_asset_failure: "from asset failure",
  selected_steps: "chosen steps",
};

/** Which part of an earlier run a run repeats, by its tags; the run that repeats none is the first. */
export function describeRepetition(run: {
  readonly parentRunId: string | null;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}): string {
  if (run.parentRunId === null) return "first";
  const strategy = run.tags.find(({ key }) => key === "millrace/reexecution")?.value;
  return REPETITIONS[strategy ?? "all_steps"] ?? "again";
}
