import type { DeploymentSettings, TagConcurrencyLimit } from "../deployments/settings.ts";

/** How many runs of a deployment may be active at once. */
export type RunLimits = Pick<DeploymentSettings, "maxConcurrentRuns" | "tagConcurrencyLimits">;

/** What the rule needs to know of a run. */
export interface RunInQueue {
  readonly id: string;
  readonly priority: number;
  /** Milliseconds since the epoch. */
  readonly queuedAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Which queued runs may start now: highest priority first, then in the order of submission. A run that one of its tags holds
 * back does not hold back those behind it.
 *
 * @param active The runs that hold a slot.
 */
export function selectRunnable(
  queued: readonly RunInQueue[],
  active: readonly Pick<RunInQueue, "tags">[],
  limits: RunLimits,
): RunInQueue[] {
  let free = limits.maxConcurrentRuns - active.length;
  const used = new Map<string, number>();
  for (const run of active)
    for (const slot of slotsOf(run.tags, limits.tagConcurrencyLimits)) take(used, slot.name);
  const selected: RunInQueue[] = [];
  for (const run of queued.toSorted(compareInQueue)) {
    if (free <= 0) break;
    const slots = slotsOf(run.tags, limits.tagConcurrencyLimits);
    if (slots.some((slot) => (used.get(slot.name) ?? 0) >= slot.limit)) continue;
    for (const slot of slots) take(used, slot.name);
    selected.push(run);
    free--;
  }
  return selected;
}

/** Tags of which no further run may start. */
export interface FullSlot {
  readonly key: string;
  /** Null: whatever the value is. */
  readonly values: readonly string[] | null;
}

/** What the active runs leave no room for: queued runs with such tags need not be looked at. */
export function listFullSlots(
  active: readonly Pick<RunInQueue, "tags">[],
  { tagConcurrencyLimits }: Pick<RunLimits, "tagConcurrencyLimits">,
): FullSlot[] {
  return tagConcurrencyLimits.flatMap(({ key, value, perUniqueValue, limit }): FullSlot[] => {
    const holders = active.filter(
      ({ tags }) => tags[key] !== undefined && (value === null || tags[key] === value),
    );
    if (value !== null || !perUniqueValue)
      return holders.length < limit ? [] : [{ key, values: value === null ? null : [value] }];
    // No value of its own may have a slot when there are none at all.
    if (limit <= 0) return [{ key, values: null }];
    const counts = Map.groupBy(holders, ({ tags }) => tags[key] ?? "");
    const full = [...counts].filter(([, runs]) => runs.length >= limit).map(([text]) => text);
    return full.length === 0 ? [] : [{ key, values: full }];
  });
}

/** Order of the queue; the id decides between runs of one instant, so that every replica sees the same order. */
function compareInQueue(a: RunInQueue, b: RunInQueue): number {
  return b.priority - a.priority || a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1);
}

function slotsOf(
  tags: Readonly<Record<string, string>>,
  limits: readonly TagConcurrencyLimit[],
): { readonly name: string; readonly limit: number }[] {
  return limits.flatMap((limit, index) => {
    const value = tags[limit.key];
    if (value === undefined || (limit.value !== null && limit.value !== value)) return [];
    const name = limit.value === null && limit.perUniqueValue ? `${index}=${value}` : `${index}`;
    return [{ name, limit: limit.limit }];
  });
}

function take(used: Map<string, number>, name: string): void {
  used.set(name, (used.get(name) ?? 0) + 1);
}
