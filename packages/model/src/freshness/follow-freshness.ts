import { evaluateFreshness, nextFreshnessChange, type FreshnessState } from "./evaluate-freshness.ts";
import type { FreshnessPolicy } from "./freshness-policy.ts";

/** How fresh an asset was when it was last looked at. Instants are milliseconds since the epoch. */
export interface KnownFreshness {
  readonly state: FreshnessState;
  readonly materializedAt: number | null;
  /** When time alone may change it next; null: never. */
  readonly nextChangeAt: number | null;
}

/** A change of an asset's freshness, with the instant at which it became so. */
export interface FreshnessChange {
  readonly previous: FreshnessState;
  readonly state: FreshnessState;
  readonly at: number;
}

/** What has become of an asset's freshness. */
export interface FollowedFreshness extends KnownFreshness {
  readonly changes: readonly FreshnessChange[];
}

/** Deadlines that are made up for after nobody looked for long: of those before, only what came of them counts. */
const MAX_DEADLINES = 1_000;

/**
 * What has become of an asset's freshness since it was last looked at: each change at its own instant, also when nobody has looked
 * for a while. Pure.
 *
 * @param known null: it was never looked at with this policy, so that it is judged as of `now`; `UNKNOWN` comes before.
 * @param materializedAt the last materialization by `now`; null: none.
 *
 * @example
 * followFreshness(null, { type: "time_window", failSeconds: 60 }, 0, 1_000)
 * // { state: "PASS", materializedAt: 0, nextChangeAt: 60_000, changes: [{ previous: "UNKNOWN", state: "PASS", at: 1_000 }] }
 */
export function followFreshness(
  known: KnownFreshness | null,
  policy: FreshnessPolicy,
  materializedAt: number | null,
  now: number,
): FollowedFreshness {
  const changes: FreshnessChange[] = [];
  let state: FreshnessState = known?.state ?? "UNKNOWN";
  const become = (next: FreshnessState, at: number): void => {
    if (next === state) return;
    changes.push({ previous: state, state: next, at });
    state = next;
  };
  const pass = (from: number | null, lastMaterializedAt: number | null, until: number): number | null => {
    let due = from;
    for (let seen = 0; due !== null && due <= until && seen < MAX_DEADLINES; seen++) {
      become(evaluateFreshness(policy, lastMaterializedAt, due), due);
      due = nextFreshnessChange(policy, lastMaterializedAt, due);
    }
    if (due === null || due > until) return due;
    become(evaluateFreshness(policy, lastMaterializedAt, until), until);
    return nextFreshnessChange(policy, lastMaterializedAt, until);
  };

  let nextChangeAt: number | null;
  if (known === null) {
    become(evaluateFreshness(policy, materializedAt, now), now);
    nextChangeAt = nextFreshnessChange(policy, materializedAt, now);
  } else if (known.materializedAt === materializedAt) {
    nextChangeAt = pass(known.nextChangeAt, materializedAt, now);
  } else {
    // What is told late may have happened before what was judged last, and a wipe at no time that is known.
    const at = materializedAt !== null && materializedAt > (known.materializedAt ?? 0) ? materializedAt : now;
    pass(known.nextChangeAt, known.materializedAt, Math.min(at, now) - 1);
    become(evaluateFreshness(policy, materializedAt, Math.min(at, now)), Math.min(at, now));
    nextChangeAt = pass(nextFreshnessChange(policy, materializedAt, Math.min(at, now)), materializedAt, now);
  }
  return { state, materializedAt, nextChangeAt, changes };
}
