import { sql } from "kysely";

/** Columns of `asset` and `asset_partition_state` that the last materialization fills. */
export const MATERIALIZED_COLUMNS: readonly string[] = [
  "last_materialization",
  "last_materialized_at",
  "data_version",
  "provenance",
  "version_sequence",
];

/** Columns of both that the last observation fills. */
export const OBSERVED_COLUMNS: readonly string[] = [
  "last_observation",
  "last_observed_at",
  "observed_version",
  "observed_sequence",
];

/** The number of the event in a column such as `last_materialization`: events have theirs in the order of storing. */
export function numberOf(document: string): ReturnType<typeof sql> {
  return sql`(${sql.ref(document)} ->> 'id')::bigint`;
}
