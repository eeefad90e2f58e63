import type { RunRequest } from "@millrace/model/runs/work-item";
import type { Asset } from "../assets/asset-definition.ts";
import type { RequestedReport } from "./asset-event.ts";
import { toRunConfig, type RunConfigInput } from "../jobs/config-of.ts";
import type { Job } from "../jobs/job.ts";
import type { RequestedPartitions } from "./partitions-request.ts";
import type { RunKeyOf } from "./requested-keys.ts";
import { TICK } from "./tick-brand.ts";

/** A run that the code of a schedule or sensor asks for. */
export interface RequestedRun<K extends string = string> extends RunRequest {
  readonly [TICK]: "run";
  readonly partitionKey: K | null;
}

/** Nothing to launch, and why. */
export interface SkippedTick {
  readonly [TICK]: "skip";
  readonly reason: string;
}

/** What an evaluation may ask for, alone or in a list. */
export type TickRequest<K extends string = string> = RequestedRun<K> | RequestedPartitions | RequestedReport;

/**
 * What an evaluation may return: requests for runs and dynamic partitions, events of assets, a reason for none, or nothing. `K` are the
 * keys of the partitions that it can ask for.
 */
export type TickOutcome<K extends string = string> =
  | TickRequest<K>
  | readonly TickRequest<K>[]
  | SkippedTick
  | undefined
  | void;

/** The code of a schedule or sensor, which can ask for runs of the partitions `K`. */
export type TickCode<C, K extends string> = (context: C) =>
  | TickOutcome<K>
  | Promise<TickOutcome<K>>
  // Nobody returns this text: the compiler shows it to whoever returns something else.
  | "Return what skip(…), runRequest(…), addPartitions(…) and their like make, or a list of it";

/** What to launch, and how. */
export interface RunRequestOptions<J extends Job | string = Job | string, K extends string = string> {
  /** Launches at most one run per schedule or sensor and key, also after that run was deleted. */
  readonly runKey?: string;
  /** Only for a sensor with several jobs. */
  readonly job?: J;
  /** Some assets of the job only. */
  readonly assets?: readonly (Asset | string)[];
  readonly partitionKey?: K;
  /** As a document, or by value: `[configOf(op, { … })]`. */
  readonly runConfig?: RunConfigInput;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Asks for a run. Its partition is one of the job's that the schedule or sensor launches, or of `job` where that is given. */
export function runRequest<const J extends Job | string = string, const K extends RunKeyOf<J> = never>(
  options?: RunRequestOptions<J, K>,
): RequestedRun<K>;
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
