import type {
  DeploymentSettings,
  PoolGranularity,
  QueueOrder,
  TagConcurrencyLimit,
} from "../deployments/settings.ts";
import { parseHoldName, toHoldName, type Hold } from "./hold.ts";
import type { RunPools } from "../runs/run-pools.ts";

/** What the queue needs to know of a run, queued or active. */
export interface RunInQueue {
  readonly id: string;
  readonly locationName: string;
  readonly priority: number;
  /** Milliseconds since the epoch. */
  readonly queuedAt: number;
  readonly tags: Readonly<Record<string, string>>;
  /** The pools of its steps; null: none of them has one. */
  readonly pools: RunPools | null;
}

/** What of a run takes up room. */
type Occupant = Pick<RunInQueue, "tags" | "pools" | "locationName">;
/** What else decides whether it may. */
type Newcomer = Occupant & Pick<RunInQueue, "priority" | "queuedAt">;

/** A run that holds a slot. */
export interface ActiveRun extends Occupant {
  /** Whether its worker has yet to begin: its first steps have asked for no slot so far, and are going to. */
  readonly isStarting: boolean;
}

/** Which runs of a deployment may be active at once. */
export interface QueueRules extends Pick<
  DeploymentSettings,
  "maxConcurrentRuns" | "tagConcurrencyLimits" | "queueOrder" | "poolGranularity" | "poolDefaultLimit"
> {
  /** Limits of pools for which somebody has set one, by name. */
  readonly poolLimits: ReadonlyMap<string, number>;
  /** How many slots of pools are held by steps now, by name. */
  readonly heldSlots: ReadonlyMap<string, number>;
  /** The run whose step is next in the line for slots of a pool, by the pool's name. */
  readonly nextInLine: ReadonlyMap<string, Pick<RunInQueue, "priority" | "queuedAt">>;
  /** Code locations none of whose runs start. */
  readonly pausedLocations: ReadonlySet<string>;
}

/** How much of each limit is taken, while a pass over the queue takes more. */
export interface QueueUsage {
  /** How many more runs the limit for all of them has room for. */
  free(): number;
  /** Which runs of equal priority take room first. */
  readonly order: QueueOrder;
  /** How many runs of a code location have room. */
  countOf(locationName: string): number;
  /** Takes room for a run where there is room under every limit, or tells the one that holds it back and takes none. */
  take(run: Newcomer): Hold | null;
  /** Whether runs that were held back by this, see `toHoldName`, still are, all of them and for certain. */
  isHolding(holdName: string): boolean;
}

/**
 * What active runs leave room for.
 *
 * @param active The runs that hold a slot.
 */
export function createQueueUsage(active: readonly ActiveRun[], rules: QueueRules): QueueUsage {
  const { maxConcurrentRuns, tagConcurrencyLimits, poolGranularity, pausedLocations } = rules;
  let free = maxConcurrentRuns - active.length;
  const usedByTag = new Map<string, number>();
  const usedByPool = new Map<string, number>();
  const usedByLocation = new Map<string, number>();

  const occupy = ({ tags, pools, locationName }: Occupant, isStarting: boolean): void => {
    add(usedByLocation, locationName, 1);
    // Two limits may count the same runs.
    for (const name of new Set(tagHolds(tags, tagConcurrencyLimits).map(toHoldName))) add(usedByTag, name, 1);
    if (pools === null) return;
    if (poolGranularity === "run") for (const pool of pools.all) add(usedByPool, pool, 1);
    else if (isStarting)
      for (const [pool, steps] of Object.entries(pools.first)) add(usedByPool, pool, steps);
  };
  const isTagFull = (hold: TagHold): boolean => (usedByTag.get(toHoldName(hold)) ?? 0) >= hold.limit;
  const isPoolFull = (pool: string): boolean => {
    const limit = rules.poolLimits.get(pool) ?? rules.poolDefaultLimit;
    const held = poolGranularity === "run" ? 0 : (rules.heldSlots.get(pool) ?? 0);
    return limit !== null && held + (usedByPool.get(pool) ?? 0) >= limit;
  };
  /**
   * Where steps of later runs stand in line for the slots of a full pool, the first one in the queue has its turn: it starts, and goes
   * before them. One at a time: when its step stands in line, that is who others are held against.
   */
  const mayOvertake = (pool: string): boolean =>
    poolGranularity === "op" && rules.nextInLine.has(pool) && (usedByPool.get(pool) ?? 0) === 0;
  const hasTurn = (pool: string, { priority, queuedAt }: Newcomer): boolean => {
    const next = rules.nextInLine.get(pool);
    if (next === undefined || !mayOvertake(pool)) return false;
    return priority > next.priority || (priority === next.priority && queuedAt < next.queuedAt);
  };

  for (const run of active) occupy(run, run.isStarting);
  return {
    free: () => Math.max(0, free),
    order: rules.queueOrder,
    countOf: (locationName) => usedByLocation.get(locationName) ?? 0,
    take(run) {
      if (free <= 0) return { kind: "deployment", limit: maxConcurrentRuns };
      if (pausedLocations.has(run.locationName)) return { kind: "location", locationName: run.locationName };
      const tag = tagHolds(run.tags, tagConcurrencyLimits).find(isTagFull);
      if (tag !== undefined) return tag;
      const isShut = (pool: string): boolean => isPoolFull(pool) && !hasTurn(pool, run);
      const pools = run.pools === null ? [] : listBlockingPools(run.pools, poolGranularity, isShut);
      if (pools.length > 0) return { kind: "pools", granularity: poolGranularity, pools };
      occupy(run, true);
      free--;
      return null;
    },
    isHolding(holdName) {
      const hold = parseHoldName(holdName);
      switch (hold?.kind) {
        case undefined:
          return false;
        case "location":
          return pausedLocations.has(hold.locationName);
        case "tag": {
          const tags = { [hold.key]: hold.value ?? "" };
          return tagHolds(tags, tagConcurrencyLimits).some(
            (limit) => limit.value === hold.value && isTagFull(limit),
          );
        }
        case "pools":
          if (hold.granularity !== poolGranularity) return false;
          return poolGranularity === "run"
            ? hold.pools.some(isPoolFull)
            : hold.pools.every((pool) => isPoolFull(pool) && !mayOvertake(pool));
      }
    },
  };
}

type TagHold = Extract<Hold, { kind: "tag" }>;

/** What may hold a run back for its tags: the limits that apply to it. */
export function tagHolds(
  tags: Readonly<Record<string, string>>,
  limits: readonly TagConcurrencyLimit[],
): readonly TagHold[] {
  return limits.flatMap(({ key, value: only, perUniqueValue, limit }): TagHold[] => {
    const value = tags[key];
    if (value === undefined || (only !== null && only !== value)) return [];
    return [{ kind: "tag", key, value: only !== null || perUniqueValue ? value : null, limit }];
  });
}

/** The pools for whose slots a run must wait: where runs are counted one that is full is enough, where steps are, one that is free. */
function listBlockingPools(
  pools: RunPools,
  granularity: PoolGranularity,
  isFull: (pool: string) => boolean,
): readonly string[] {
  if (granularity === "run") return pools.all.filter(isFull).slice(0, 1);
  const first = Object.keys(pools.first);
  return !pools.startsFreely && first.every(isFull) ? first.toSorted() : [];
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
