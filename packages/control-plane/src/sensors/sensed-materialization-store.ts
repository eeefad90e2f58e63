import { findOwn } from "@millrace/model/find-own";
import { sql } from "kysely";
import type { Metadata } from "@millrace/model/metadata";
import type { SensedMaterializationJson } from "@millrace/model/sensed-events";
import type { Db } from "../database/connect.ts";
import type { AssetEventCursor } from "./event-cursor.ts";

/** Materializations that one evaluation is told of, shared evenly between the watched assets. */
const MAX_EVENTS = 1_000;

/** What a sensor has not seen yet, and its cursor before and after. */
export interface UnseenMaterializations {
  readonly events: readonly SensedMaterializationJson[];
  readonly before: AssetEventCursor;
  readonly after: AssetEventCursor;
}

/**
 * The materializations of assets that came after the cursor, oldest first. Of an asset that the cursor does not know, such as
 * all in the first evaluation, only the newest. What does not fit comes after the cursor that is answered. None is passed
 * over: `lockAssets` has the events of one asset numbered in the order in which they become visible.
 */
export async function listUnseenMaterializations(
  db: Db,
  deploymentId: string,
  assetKeys: readonly string[],
  cursor: AssetEventCursor | null,
): Promise<UnseenMaterializations> {
  const limit = Math.max(1, Math.floor(MAX_EVENTS / assetKeys.length));
  const { rows } = await sql<EventRow>`
    select e.id::text, watched.key as "assetKey", e.partition_key as "partitionKey", e.run_id as "runId",
      e.happened_at as timestamp, e.metadata, e.tags, e.data_version as "dataVersion"
    from unnest(${assetKeys}::text[], ${assetKeys.map((key) => findOwn(cursor?.seen ?? {}, key) ?? null)}::bigint[]) as watched (key, seen)
    join asset on asset.deployment_id = ${deploymentId} and asset.key = watched.key
    cross join lateral (
      (select * from asset_event where asset_id = asset.id and kind = 'materialization' and id > watched.seen order by id limit ${limit})
      union all
      (select * from asset_event where asset_id = asset.id and kind = 'materialization' and watched.seen is null order by id desc limit 1)
    ) e order by e.id`.execute(db);
  const before = new Map<string, string>();
  const after = new Map<string, string>();
  for (const key of assetKeys) {
    const ids = rows.filter((row) => row.assetKey === key).map(({ id }) => id);
    const seen = findOwn(cursor?.seen ?? {}, key) ?? String(BigInt(ids[0] ?? 1) - 1n);
    before.set(key, seen);
    after.set(key, ids.at(-1) ?? seen);
  }
  return {
    events: rows.map(({ id: _id, timestamp, ...event }) => ({
      ...event,
      happenedAt: timestamp.toISOString(),
    })),
    before: { kind: "assets", seen: Object.fromEntries(before) },
    after: { kind: "assets", seen: Object.fromEntries(after) },
  };
}

interface EventRow extends Omit<SensedMaterializationJson, "happenedAt"> {
  readonly id: string;
  readonly timestamp: Date;
  readonly metadata: Metadata;
}
