import { parsePriority } from "@millrace/control-plane/runs/run-priority";
import type { TagConcurrencyLimit } from "@millrace/control-plane/deployments/settings";
import { listRunPools } from "@millrace/control-plane/runs/run-pools";
import { createQueueUsage, type RunInQueue } from "@millrace/control-plane/run-queue/queue-usage";
import { selectRunnable } from "@millrace/control-plane/run-queue/select-runnable";

interface VectorStep {
  readonly key: string;
  readonly deps: readonly string[];
  readonly pool?: string;
}
interface VectorRun {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly location?: string;
  readonly steps?: readonly VectorStep[];
  readonly status?: "starting" | "started" | "canceling";
}
interface QueueCase {
  readonly max_concurrent_runs: number;
  readonly tag_limits: readonly {
    readonly key: string;
    readonly limit: number;
    readonly value?: string;
    readonly per_unique_value?: boolean;
  }[];
  readonly pools?: readonly { readonly name: string; readonly limit?: number; readonly claimed?: number }[];
  readonly pool_granularity?: "op" | "run";
  readonly pool_default_limit?: number;
  readonly pool_buffer?: number;
  readonly paused_locations?: readonly string[];
  readonly in_progress: readonly VectorRun[];
  readonly queued: readonly VectorRun[];
}

export function runCase(testCase: unknown): unknown {
  const vector = testCase as QueueCase;
  const { pools = [], pool_buffer: buffer = 0, pool_default_limit: defaultLimit } = vector;
  const active = vector.in_progress.map((run, index) => ({
    ...toRun(run, index),
    isStarting: run.status === "starting",
  }));
  const usage = createQueueUsage(active, {
    maxConcurrentRuns: vector.max_concurrent_runs < 0 ? Infinity : vector.max_concurrent_runs,
    tagConcurrencyLimits: vector.tag_limits.map(toTagLimit),
    queueOrder: "strict",
    poolGranularity: vector.pool_granularity ?? "op",
    // The reference can let runs start ahead of free slots: such a buffer is as good as more slots.
    poolDefaultLimit: defaultLimit === undefined ? null : defaultLimit + buffer,
    poolLimits: new Map(
      pools.flatMap(({ name, limit }) => (limit === undefined ? [] : [[name, limit + buffer]])),
    ),
    heldSlots: new Map(pools.map(({ name, claimed = 0 }) => [name, claimed])),
    nextInLine: new Map(),
    pausedLocations: new Set(vector.paused_locations),
  });
  const { runnable } = selectRunnable(vector.queued.map(toRun), usage);
  return { dequeued: runnable.map(({ id }) => id) };
}

/** Position in the list is the time of submission. */
function toRun({ name, tags = {}, location = "main", steps = [] }: VectorRun, index: number): RunInQueue {
  const pooled = steps.map(({ key, deps, pool }) => ({
    key,
    upstream: [...deps],
    ...(pool === undefined ? {} : { pool }),
  }));
  return {
    id: name,
    locationName: location,
    priority: parsePriority(tags["dagster/priority"]),
    queuedAt: index,
    tags,
    pools: listRunPools(pooled),
  };
}

function toTagLimit({
  key,
  limit,
  value,
  per_unique_value,
}: QueueCase["tag_limits"][number]): TagConcurrencyLimit {
  return { key, limit, value: value ?? null, perUniqueValue: per_unique_value ?? false };
}
