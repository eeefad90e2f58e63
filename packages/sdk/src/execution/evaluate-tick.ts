import type { AssetKey } from "@millrace/model/asset-key";
import { ASSET_JOB } from "@millrace/model/run-spec";
import { findSensedEvents } from "@millrace/model/sensed-events";
import type { PartitionsRequest, RunRequest, TickResult } from "@millrace/model/work-item";
import type { RunEvent } from "@millrace/model/run-event";
import type { ResolvedDefinitions } from "../definitions/resolve.ts";
import type { Job } from "../jobs/job.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { TICK, type RequestedRun, type SkippedTick } from "../schedules/tick-outcome.ts";
import type { SensedEvents } from "../sensors/sensed-events.ts";
import type { RequestedPartitions } from "../sensors/partitions-request.ts";
import type { Sensor } from "../sensors/sensor.ts";
import { systemClock } from "./clock.ts";
import { toErrorInfo } from "./error-info.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import { memoryRunInstance } from "./memory-run-instance.ts";
import { orderResources } from "./order-resources.ts";
import { parseResourceConfigs, pickResources, setUpResources } from "./run-resources.ts";
import { NO_RUN_ASSETS } from "./run-assets.ts";
import { createLogger, type RunScope } from "./run-scope.ts";

/** The world that a tick is evaluated in. */
export interface TickOptions {
  readonly definitions: ResolvedDefinitions;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
  /** Receives what the code logs and how its resources fare. */
  readonly sink?: (event: RunEvent) => void;
  /** Default: those of this process. */
  readonly environmentVariables?: Readonly<Record<string, string | undefined>>;
}

/**
 * Evaluates one tick of a schedule: which runs it asks for. Whatever its code throws becomes the result's `error`.
 *
 * @param scheduledAt The instant that the tick stands for.
 */
export async function evaluateScheduleTick(
  schedule: Schedule,
  scheduledAt: Date,
  options: TickOptions,
): Promise<TickResult> {
  const { evaluate } = schedule;
  return evaluateTick(
    `schedule "${schedule.name}"`,
    [schedule.job],
    schedule.tags,
    schedule.resources,
    options,
    null,
    {
      scheduleName: schedule.name,
      scheduledAt,
    },
    evaluate ?? (() => [PLAIN_REQUEST]),
  );
}

/**
 * Evaluates one tick of a sensor: which runs it asks for and how far it has seen. The cursor it set holds even when its
 * code throws later; what it throws becomes the result's `error`. The code of a sensor that watches is only called when
 * enough has happened.
 *
 * @param options.onCursor Receives cursors as they are set, before the evaluation ends.
 * @param options.events What has happened since the sensor was last evaluated. Default: nothing.
 */
export async function evaluateSensorTick(
  sensor: Sensor,
  cursor: string | null,
  options: TickOptions & {
    readonly onCursor?: (cursor: string) => void;
    readonly events?: SensedEvents;
  },
): Promise<TickResult> {
  const sensed = sensor.watch && options.events ? findSensedEvents(sensor.watch, options.events) : null;
  if (sensor.watch && !sensed)
    return { ...NO_REQUESTS, skipReason: "Nothing new that it watches for", cursor, error: null };
  const seen = { cursor };
  return evaluateTick(
    `sensor "${sensor.name}"`,
    sensor.jobs,
    sensor.tags,
    sensor.resources,
    options,
    seen,
    {
      sensorName: sensor.name,
      cursor,
      setCursor: (next: string): void => {
        seen.cursor = next;
        options.onCursor?.(next);
      },
      ...sensedContext(sensor, sensed),
    },
    sensor.evaluate,
  );
}

function sensedContext(sensor: Sensor, sensed: SensedEvents | null): object {
  if (sensed === null) return {};
  const { materializations, runs } = sensed;
  if (sensor.kind === "run_status") return { runs };
  if (sensor.kind === "asset") return { materializations };
  const byAsset = Map.groupBy(materializations, ({ assetKey }) => assetKey);
  return {
    materializations,
    materializationsOf: ({ key }: { readonly key: AssetKey }) => byAsset.get(key) ?? [],
  };
}

const NO_REQUESTS = { runRequests: [], partitionsRequests: [] } as const;

const PLAIN_REQUEST: RequestedRun = {
  [TICK]: "run",
  runKey: null,
  jobName: null,
  assetSelection: null,
  partitionKey: null,
  runConfig: {},
  tags: {},
};

async function evaluateTick(
  what: string,
  jobs: readonly Job[],
  tags: Readonly<Record<string, string>>,
  resources: ResourceMap,
  options: TickOptions,
  seen: { readonly cursor: string | null } | null,
  context: Readonly<Record<string, unknown>>,
  evaluate: (context: never) => unknown,
): Promise<TickResult> {
  const scope = createTickScope(options);
  try {
    const ordered = orderResources(options.definitions, [resources]);
    const configs = await parseResourceConfigs(scope, ordered, {});
    const ready = await setUpResources(scope, ordered, configs, null);
    try {
      const outcome = await (evaluate as (context: unknown) => unknown)({
        ...context,
        resources: pickResources(ready.values, resources),
        log: createLogger(scope, null),
        signal: scope.signal,
      });
      const { runs, partitionsRequests, skipReason } = readOutcome(what, outcome);
      const runRequests = runs.map((run) => toRunRequest(what, run, jobs, tags));
      return { runRequests, partitionsRequests, skipReason, cursor: seen?.cursor ?? null, error: null };
    } finally {
      await ready.tearDown();
    }
  } catch (error) {
    return { ...NO_REQUESTS, skipReason: null, cursor: seen?.cursor ?? null, error: toErrorInfo(error) };
  }
}

function createTickScope(options: TickOptions): RunScope {
  return {
    run: { runId: "", jobName: ASSET_JOB, tags: {}, runConfig: {} },
    definitions: options.definitions,
    instance: memoryRunInstance(), // Ticks ask nothing.
    assets: NO_RUN_ASSETS,
    storageDirectory: "",
    environment: { variables: options.environmentVariables ?? process.env, secrets: new Set() },
    clock: systemClock,
    random: Math.random,
    signal: options.signal ?? new AbortController().signal,
    interruptGraceSeconds: 0,
    sink: options.sink ?? (() => {}),
    writeOutput: () => {},
  };
}

function readOutcome(
  what: string,
  outcome: unknown,
): {
  readonly runs: readonly RequestedRun[];
  readonly partitionsRequests: readonly PartitionsRequest[];
  readonly skipReason: string | null;
} {
  if (outcome === undefined) return { runs: [], partitionsRequests: [], skipReason: null };
  const items: readonly unknown[] = Array.isArray(outcome) ? outcome : [outcome];
  const [first] = items;
  if (!Array.isArray(outcome) && isTick(first) && first[TICK] === "skip")
    return { runs: [], partitionsRequests: [], skipReason: first.reason };
  const ticks = items.filter(isTick);
  const runs = ticks.filter((item) => item[TICK] === "run");
  const partitions = ticks.filter((item) => item[TICK] === "partitions");
  if (runs.length + partitions.length !== items.length) {
    throw new TypeError(
      `The code of ${what} must return runRequest(…), addPartitions(…), deletePartitions(…), a list of them, skip("…") or nothing`,
    );
  }
  return {
    runs,
    partitionsRequests: partitions.map(({ action, name, keys }) => ({ action, name, keys })),
    skipReason: null,
  };
}

function toRunRequest(
  what: string,
  run: RequestedRun,
  jobs: readonly Job[],
  tags: Readonly<Record<string, string>>,
): RunRequest {
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
    runConfig: run.runConfig,
    tags: { ...tags, ...run.tags },
  };
}

function isTick(value: unknown): value is RequestedRun | RequestedPartitions | SkippedTick {
  return typeof value === "object" && value !== null && TICK in value;
}
