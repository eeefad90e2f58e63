import { sql } from "kysely";
import {
  CODE_VERSION_TAG,
  placeName,
  UNKNOWN_ASSET_STATE,
  versionRecordOf,
  type AssetPlace,
  type AssetState,
  type AssetStateEvent,
} from "@millrace/model/data-versions/asset-state";
import type { VersionProvenance } from "@millrace/model/data-version";
import type { Metadata } from "@millrace/model/metadata";
import type { Db } from "../database/connect.ts";
import { getAssetCatalog } from "./catalog/asset-catalog.ts";
import { renameInputs } from "./names/rename-inputs.ts";
import { isExternalAsset } from "./staleness/version-graph.ts";

/** What is known of assets and partitions, in the order asked, in one query. */
export async function listAssetStates(
  db: Db,
  deploymentId: string,
  places: readonly AssetPlace[],
): Promise<AssetState[]> {
  const wholes = places.filter(({ partition }) => partition === null).map(({ assetKey }) => assetKey);
  const parts = places.filter(({ partition }) => partition !== null);
  const { assets, renamed } = await getAssetCatalog(db, deploymentId);
  const isExternal = (key: string): boolean => {
    const definition = assets.get(key)?.definition;
    return definition !== undefined && isExternalAsset(definition);
  };
  const result = await sql<StateRow>`
    select a.key, null as partition, ${stateColumns("a")} from asset a
    where a.deployment_id = ${deploymentId} and a.key = any(${wholes})
    union all
    select a.key, p.partition_key, ${stateColumns("p")}
    from unnest(${parts.map(({ assetKey }) => assetKey)}::text[], ${parts.map(({ partition }) => partition)}::text[])
      as place (key, partition)
    join asset a on a.deployment_id = ${deploymentId} and a.key = place.key
    join asset_partition_state p on p.asset_id = a.id and p.partition_key = place.partition`.execute(db);
  const found = new Map(
    result.rows.map((row) => [
      placeName({ assetKey: row.key, partition: row.partition }),
      toState(withKeysOfToday(row, renamed), isExternal(row.key)),
    ]),
  );
  return places.map((place) => found.get(placeName(place)) ?? UNKNOWN_ASSET_STATE);
}

interface StoredEvent {
  readonly id: string;
  readonly runId: string | null;
  readonly partitionKey: string | null;
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
}

interface StateRow {
  readonly key: string;
  readonly partition: string | null;
  readonly materialization: StoredEvent | null;
  readonly materialized_at: Date | null;
  readonly provenance: VersionProvenance | null;
  readonly observation: StoredEvent | null;
  readonly observed_at: Date | null;
  /** Also of an observation before the last one: one without a version changes nothing. */
  readonly observed_version: string | null;
}

function withKeysOfToday(row: StateRow, renamed: ReadonlyMap<string, string>): StateRow {
  return row.provenance === null ? row : { ...row, provenance: renameInputs(row.provenance, renamed) };
}

function toState(row: StateRow, isExternal: boolean): AssetState {
  const { materialization, materialized_at, provenance, observation, observed_at, observed_version } = row;
  const made =
    materialization && materialized_at ? toStateEvent(materialization, materialized_at, provenance) : null;
  const seen =
    observation && observed_at
      ? toStateEvent({ ...observation, dataVersion: observed_version }, observed_at, null)
      : null;
  const versioned = { materialization: made, observation: observed_version === null ? null : seen };
  const dataVersion = versionRecordOf(versioned, isExternal)?.dataVersion ?? null;
  return { dataVersion, materialization: made, observation: seen };
}

function toStateEvent(
  { id, runId, partitionKey, metadata, tags, dataVersion }: StoredEvent,
  at: Date,
  provenance: VersionProvenance | null,
): AssetStateEvent {
  return {
    sequence: Number(id),
    timestamp: at.getTime(),
    runId,
    partition: partitionKey,
    metadata,
    tags,
    dataVersion,
    codeVersion: tags[CODE_VERSION_TAG] ?? null,
    provenance,
  };
}

function stateColumns(table: "a" | "p"): ReturnType<typeof sql> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  return sql`${column("last_materialization")} as materialization, ${column("last_materialized_at")} as materialized_at,
    ${column("provenance")}, ${column("last_observation")} as observation, ${column("last_observed_at")} as observed_at,
    ${column("observed_version")}`;
}
