/** Who or what may have asked for a run. */
export const RUN_ORIGIN_KINDS = ["user", "schedule", "sensor", "automation", "backfill", "retry"] as const;
export type RunOriginKind = (typeof RUN_ORIGIN_KINDS)[number];

/** Where a run comes from. What a run repeats is said beside it, by the ids of its group. */
export interface RunOrigin {
  readonly kind: RunOriginKind;
  /**
   * The user; the schedule, sensor or automation; the id of the backfill. Null where nobody knows who it was, or where the kind says
   * it all.
   */
  readonly name: string | null;
}

/** The origin as it is stored. A kind of a newer version counts as a user's whom nobody knows. */
export function readRunOrigin(kind: string, name: string | null): RunOrigin {
  const known = RUN_ORIGIN_KINDS.find((candidate) => candidate === kind);
  return known === undefined ? { kind: "user", name: null } : { kind: known, name };
}
