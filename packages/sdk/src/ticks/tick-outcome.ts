import type { RunRequest } from "@millrace/model/runs/work-item";
import type { Asset } from "../assets/asset-definition.ts";
import type { RequestedReport } from "./asset-event.ts";
import { toRunConfig, type RunConfigInput } from "../jobs/config-of.ts";
import type { Job } from "../jobs/job.ts";
import type { RequestedPartitions } from "./partitions-request.ts";
import { TICK } from "./tick-brand.ts";

/** A run that the code of a schedule or sensor asks for. */
export interface RequestedRun extends RunRequest {
  readonly [TICK]: "run";
}

/** Nothing to launch, and why. */
export interface SkippedTick {
  readonly [TICK]: "skip";
  readonly reason: string;
}

/** What an evaluation may ask for, alone or in a list. */
export type TickRequest = RequestedRun | RequestedPartitions | RequestedReport;

/** What an evaluation may return: requests for runs and dynamic partitions, events of assets, a reason for none, or nothing. */
export type TickOutcome = TickRequest | readonly TickRequest[] | SkippedTick | undefined | void;

/** What to launch, and how. */
export interface RunRequestOptions {
  /** Launches at most one run per schedule or sensor and key, also after that run was deleted. */
  readonly runKey?: string;
  /** Only for a sensor with several jobs. */
  readonly job?: Job | string;
  /** Some assets of the job only. */
  readonly assets?: readonly (Asset | string)[];
  readonly partitionKey?: string;
  /** As a document, or by value: `[configOf(op, { … })]`. */
  readonly runConfig?: RunConfigInput;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Asks for a run. */
export function runRequest(options: RunRequestOptions = {}): RequestedRun {
  const { job, assets } = options;
  return Object.freeze({
    [TICK]: "run",
    runKey: options.runKey ?? null,
    jobName: typeof job === "string" ? job : (job?.name ?? null),
    assetSelection: assets?.map((asset) => (typeof asset === "string" ? asset : asset.key)) ?? null,
    partitionKey: options.partitionKey ?? null,
    runConfig: toRunConfig(options.runConfig),
    tags: options.tags ?? {},
  } as const);
}

/** Says why there is nothing to launch. */
export function skip(reason: string): SkippedTick {
  return Object.freeze({ [TICK]: "skip", reason } as const);
}
