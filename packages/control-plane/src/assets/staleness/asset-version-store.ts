import { sql } from "kysely";
import { placeName, type AssetPlace, type VersionedEvent } from "@millrace/model/data-versions/asset-state";
import type { Provenance } from "@millrace/model/data-version";
import type { Db } from "../../database/connect.ts";

/** What counts of the newest materialization and observation of an asset or partition when versions are compared. */
export interface AssetVersions {
  readonly materialization: VersionedEvent | null;
  readonly observation: VersionedEvent | null;
}

/** The versions of assets and partitions in one query, by `placeName`; places that nothing has happened to are left out. */
export async function findAssetVersions(
  db: Db,
  deploymentId: string,
  places: readonly AssetPlace[],
): Promise<Map<string, AssetVersions>> {
  const wholes = places.filter(({ partition }) => partition === null).map(({ assetKey }) => assetKey);
  const parts = places.filter(({ partition }) => partition !== null);
  const result = await sql<VersionRow>`
    select a.key, null as partition, ${versionColumns("a")} from asset a
    where a.deployment_id = ${deploymentId} and a.key = any(${wholes})
    ${
      parts.length === 0
        ? sql``
        : sql`union all select a.key, p.partition_key, ${versionColumns("p")}
          from unnest(${parts.map(({ assetKey }) => assetKey)}::text[], ${parts.map(({ partition }) => partition)}::text[])
            as place (key, partition)
          join asset a on a.deployment_id = ${deploymentId} and a.key = place.key
          join asset_partition_state p on p.asset_id = a.id and p.partition_key = place.partition`
    }`.execute(db);
  return new Map(
    result.rows.map((row) => [
      placeName({ assetKey: row.key, partition: row.partition }),
      {
        materialization: row.materialized
          ? {
              sequence: Number(row.version_sequence ?? 0),
              dataVersion: row.data_version,
              provenance: row.provenance,
            }
          : null,
        observation:
          row.observed_version === null
            ? null
            : {
                sequence: Number(row.observed_sequence ?? 0),
                dataVersion: row.observed_version,
                provenance: null,
              },
      },
    ]),
  );
}

/**
 * A mark for each asset of the deployment and each of these partitions, by `placeName`: as long as it is the same, the versions
 * are. Reading it costs little of what the versions cost.
 */
export async function findVersionMarks(
  db: Db,
  deploymentId: string,
  partitions: readonly AssetPlace[],
): Promise<Map<string, string>> {
  const result = await sql<{ key: string; partition: string | null; mark: string }>`
    select a.key, null as partition, ${markOf("a")} as mark from asset a where a.deployment_id = ${deploymentId}
    ${
      partitions.length === 0
        ? sql``
        : sql`union all select a.key, p.partition_key, ${markOf("p")}
          from unnest(${partitions.map(({ assetKey }) => assetKey)}::text[], ${partitions.map(({ partition }) => partition)}::text[])
            as place (key, partition)
          join asset a on a.deployment_id = ${deploymentId} and a.key = place.key
          join asset_partition_state p on p.asset_id = a.id and p.partition_key = place.partition`
    }`.execute(db);
  return new Map(
    result.rows.map(({ key, partition, mark }) => [placeName({ assetKey: key, partition }), mark]),
  );
}

/** Each event has a number of its own, and what it says is stored along with that. */
function markOf(table: "a" | "p"): ReturnType<typeof sql> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  return sql`concat_ws('/', ${column("last_materialized_at")} is not null, coalesce(${column("version_sequence")}, 0),
    coalesce(${column("observed_sequence")}, 0))`;
}

interface VersionRow {
  readonly key: string;
  readonly partition: string | null;
  readonly materialized: boolean;
  readonly data_version: string | null;
  readonly provenance: Provenance | null;
  readonly version_sequence: string | null;
  readonly observed_version: string | null;
  readonly observed_sequence: string | null;
}

function versionColumns(table: "a" | "p"): ReturnType<typeof sql> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  return sql`${column("last_materialized_at")} is not null as materialized, ${column("data_version")}, ${column("provenance")},
    ${column("version_sequence")}, ${column("observed_version")}, ${column("observed_sequence")}`;
}
