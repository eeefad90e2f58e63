import { sql } from "kysely";
import type { Db } from "../database/connect.ts";

/** A materialization or observation of an asset. */
export interface AssetEvent {
  /** Rises in the order of storing. */
  readonly id: string;
  readonly kind: "materialization" | "observation";
  readonly runId: string | null;
  readonly stepKey: string | null;
  readonly partitionKey: string | null;
  /** See @millrace/model/metadata. */
  readonly metadata: unknown;
  readonly tags: unknown;
  readonly dataVersion: string | null;
  /** Who said it where no run has made it, such as `owner` or `sensor new_files`; null: the run. */
  readonly reportedBy: string | null;
  /** A sentence of whoever said it. */
  readonly description: string | null;
  readonly timestamp: Date;
}

/** Which events of an asset to read. */
export interface AssetEventPage {
  /** The id of the last event of the page before; null: from the newest. */
  readonly before: string | null;
  readonly limit: number;
  readonly partitionKey: string | null;
  /** Default: both. */
  readonly kind?: AssetEvent["kind"];
}

/** One page of an asset's events, newest first. */
export async function listAssetEvents(
  db: Db,
  deploymentId: string,
  key: string,
  page: AssetEventPage,
): Promise<{ readonly nodes: AssetEvent[]; readonly hasMore: boolean }> {
  if (page.before !== null && !/^\d{1,18}$/.test(page.before)) return { nodes: [], hasMore: false };
  const result = await sql<AssetEvent>`
    select e.id::text, e.kind, e.run_id as "runId", e.step_key as "stepKey", e.partition_key as "partitionKey", e.metadata, e.tags,
      e.data_version as "dataVersion", e.reported_by as "reportedBy", e.description, e.happened_at as timestamp
    from asset_event e
    where e.asset_id = (select id from asset where deployment_id = ${deploymentId} and key = ${key})
      ${page.before === null ? sql`` : sql`and e.id < ${page.before}::bigint`}
      ${page.kind === undefined ? sql`` : sql`and e.kind = ${page.kind}`}
      ${page.partitionKey === null ? sql`` : sql`and e.partition_key = ${page.partitionKey}`}
    order by e.id desc limit ${page.limit + 1}`.execute(db);
  return { nodes: result.rows.slice(0, page.limit), hasMore: result.rows.length > page.limit };
}

/** The last materialization and observation of an asset. They are kept with the asset, so they outlive the events. */
export interface LatestAssetEvents {
  readonly materialization: AssetEvent | null;
  readonly observation: AssetEvent | null;
}

/** Documents of events before there were reports do not say who reported them. */
type StoredDocument = Omit<AssetEvent, "kind" | "timestamp" | "reportedBy" | "description"> &
  Partial<Pick<AssetEvent, "reportedBy" | "description">>;

/** By the asset's key; assets that nothing has happened to are left out. */
export async function findLatestAssetEvents(
  db: Db,
  deploymentId: string,
  keys: readonly string[],
): Promise<Map<string, LatestAssetEvents>> {
  const result = await sql<{
    key: string;
    materialization: StoredDocument | null;
    materialized_at: Date | null;
    observation: StoredDocument | null;
    observed_at: Date | null;
  }>`
    select key, last_materialization as materialization, last_materialized_at as materialized_at,
      last_observation as observation, last_observed_at as observed_at
    from asset where deployment_id = ${deploymentId} and key = any(${keys})`.execute(db);
  return new Map(
    result.rows.map((row) => [
      row.key,
      {
        materialization: toEvent("materialization", row.materialization, row.materialized_at),
        observation: toEvent("observation", row.observation, row.observed_at),
      },
    ]),
  );
}

function toEvent(
  kind: AssetEvent["kind"],
  document: StoredDocument | null,
  timestamp: Date | null,
): AssetEvent | null {
  if (document === null || timestamp === null) return null;
  const { reportedBy = null, description = null } = document;
  return { ...document, reportedBy, description, kind, timestamp };
}
