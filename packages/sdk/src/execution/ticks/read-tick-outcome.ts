import { MAX_RUN_REQUESTS, type PartitionsRequest, type RunRequest } from "@millrace/model/runs/work-item";
import type { ReportedEvent } from "@millrace/model/reported-event";
import type { Job } from "../../jobs/job.ts";
import type { RequestedRun, SkippedTick, TickRequest } from "../../ticks/tick-outcome.ts";
import { TICK } from "../../ticks/tick-brand.ts";
import { InvalidRunRequest } from "../plan/invalid-run-request.ts";

/** What a tick asks for. */
export interface TickRequests {
  readonly runRequests: readonly RunRequest[];
  readonly partitionsRequests: readonly PartitionsRequest[];
  readonly assetEvents: readonly ReportedEvent[];
  readonly skipReason: string | null;
}

/** What a tick is evaluated for, as its requests need it. */
export interface TickSubject {
  /** Such as `schedule "nightly"`, for messages. */
  readonly what: string;
  /** Those that its runs may be of. */
  readonly jobs: readonly Job[];
  /** Tags of all its runs. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Reads what the code of a schedule or sensor returned.
 *
 * @throws TypeError when it is something else than requests.
 * @throws InvalidRunRequest when a run is asked of none of its jobs, or with a config that is no JSON.
 */
export function readTickOutcome(subject: TickSubject, outcome: unknown): TickRequests {
  const { runs, ...others } = sortOutcome(subject.what, outcome);
  if (runs.length > MAX_RUN_REQUESTS)
    throw new InvalidRunRequest(
      "too_many_runs",
      `The code of ${subject.what} asks for ${runs.length} runs; at most ${MAX_RUN_REQUESTS} at once: remember in the cursor how far it came, and go on there in the next evaluation`,
    );
  return { ...others, runRequests: runs.map((run) => toRunRequest(subject, run)) };
}

function sortOutcome(
  what: string,
  outcome: unknown,
): Omit<TickRequests, "runRequests"> & { readonly runs: readonly RequestedRun[] } {
  const nothing = { runs: [], partitionsRequests: [], assetEvents: [], skipReason: null };
  if (outcome === undefined) return nothing;
  const items: readonly unknown[] = Array.isArray(outcome) ? outcome : [outcome];
  const [first] = items;
  if (!Array.isArray(outcome) && isTick(first) && first[TICK] === "skip")
    return { ...nothing, skipReason: first.reason };
  const ticks = items.filter(isTick);
  const runs = ticks.filter((item) => item[TICK] === "run");
  const partitions = ticks.filter((item) => item[TICK] === "partitions");
  const reports = ticks.filter((item) => item[TICK] === "report");
  if (runs.length + partitions.length + reports.length !== items.length) {
    throw new TypeError(
      `The code of ${what} must return runRequest(…), addPartitions(…), deletePartitions(…), assetMaterialization(…) and its like, a list of them, skip("…") or nothing`,
    );
  }
  return {
    runs,
    partitionsRequests: partitions.map(({ action, name, keys }) => ({ action, name, keys })),
    assetEvents: reports.map(({ event }) => event),
    skipReason: null,
  };
}

function toRunRequest({ what, jobs, tags }: TickSubject, run: RequestedRun): RunRequest {
  const [first, ...others] = jobs;
  const names = jobs.map((job) => job.name);
  const jobName = run.jobName ?? (others.length === 0 ? first?.name : undefined);
  if (jobName === undefined || !names.includes(jobName)) {
    const problem = jobName === undefined ? "names no job" : `names the job "${jobName}"`;
    throw new InvalidRunRequest(
      "unknown_job",
      `A run request of ${what} ${problem}; it must name one of its jobs: ${names.join(", ")}`,
    );
  }
  return {
    runKey: run.runKey,
    jobName,
    assetSelection: run.assetSelection,
    partitionKey: run.partitionKey,
    runConfig: asJson(what, run),
    tags: { ...tags, ...run.tags },
  };
}

/** The config of a run as it is sent: user code may have put anything there. */
function asJson(what: string, { runConfig, runKey }: RequestedRun): RequestedRun["runConfig"] {
  try {
    return JSON.parse(JSON.stringify(runConfig)) as RequestedRun["runConfig"];
  } catch (cause) {
    const which = runKey === null ? "a run request" : `the run request "${runKey}"`;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidRunRequest("invalid_config", `The run config of ${which} of ${what} is no JSON: ${why}`);
  }
}

function isTick(value: unknown): value is TickRequest | SkippedTick {
  return typeof value === "object" && value !== null && TICK in value;
}
