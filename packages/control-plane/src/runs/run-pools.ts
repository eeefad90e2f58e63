import type { JobStep } from "@millrace/protocol/gen/millrace/code/v1/code_pb";

/** The pools of a run's steps. */
export interface RunPools {
  /** Every pool that one of its steps needs. */
  readonly all: readonly string[];
  /** How many of the steps with which it begins need a pool, by its name. */
  readonly first: Readonly<Record<string, number>>;
  /** Whether it also begins with a step that needs no pool. */
  readonly startsFreely: boolean;
}

/**
 * Which pools the steps of a run need, for the queue.
 *
 * @param steps those that the run executes; what they wait for among others is there already.
 * @returns null when no step has a pool.
 */
export function listRunPools(steps: readonly Pick<JobStep, "key" | "upstream" | "pool">[]): RunPools | null {
  const all = new Set(steps.flatMap(({ pool }) => pool ?? []));
  if (all.size === 0) return null;
  const keys = new Set(steps.map(({ key }) => key));
  const first: Record<string, number> = {};
  let startsFreely = false;
  for (const { upstream, pool } of steps) {
    if (upstream.some((key) => keys.has(key))) continue;
    if (pool === undefined) startsFreely = true;
    else first[pool] = (first[pool] ?? 0) + 1;
  }
  return { all: [...all].toSorted(), first, startsFreely };
}
