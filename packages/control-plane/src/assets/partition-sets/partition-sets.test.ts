import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { addDynamicPartitions, deleteDynamicPartitions } from "../../partitions/dynamic-partition-store.ts";
import { findDynamicNumbers } from "../../partitions/dynamic-number-store.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import { TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { watchQueries } from "../../testing/watch-queries.ts";
import { lockAssets } from "../state/lock-assets.ts";
import { countPartitionStates } from "./count-partitions.ts";
import { foldPartitionStates } from "./fold-partition-states.ts";
import { listPartitionPage, type PartitionFilter } from "./list-partitions.ts";
import { readPartitions } from "./read-partitions.ts";

const { db } = await createTestDatabase();
const NOW = Date.parse("2025-06-15T12:00:00Z");

/** An asset with partitions that nobody has looked at yet. */
async function createAsset(definition: PartitionsDefinition) {
  const key = `asset-${randomUUID()}`;
  const { id } = await db
    .insertInto("asset")
    .values({ deployment_id: TEST_DEPLOYMENT, key })
    .returning("id")
    .executeTakeFirstOrThrow();
  let asset = { key, partitions: readPartitions({ json: JSON.stringify(definition) }) };
  return {
    key,
    id,
    redefine(changed: PartitionsDefinition) {
      asset = { key, partitions: readPartitions({ json: JSON.stringify(changed) }) };
    },
    /** Changes states as a run's events do. */
    async say(state: "materialized" | "failed", ...partitions: readonly string[]) {
      await db.transaction().execute(async (trx) => {
        await lockAssets(trx, TEST_DEPLOYMENT, [key]);
        const column = state === "failed" ? "last_failed_at" : "last_materialized_at";
        await sql`
          insert into asset_partition_state (asset_id, partition_key, deployment_id, ${sql.ref(column)})
          select ${id}, key, ${TEST_DEPLOYMENT}, clock_timestamp() from unnest(${partitions}::text[]) key
          on conflict (asset_id, partition_key) do update set ${sql.ref(column)} = excluded.${sql.ref(column)}`.execute(
          trx,
        );
        await foldPartitionStates(
          trx,
          TEST_DEPLOYMENT,
          partitions.map((partition) => ({ asset: key, partition })),
        );
      });
    },
    async count(now = NOW) {
      return (await countPartitionStates(db, TEST_DEPLOYMENT, [asset], now)).get(key);
    },
    async page(filter: PartitionFilter = {}, cursor: string | null = null, limit = 100) {
      const dynamic = await findDynamicNumbers(db, TEST_DEPLOYMENT, ["files"]);
      return listPartitionPage(db, TEST_DEPLOYMENT, asset, dynamic, filter, cursor, limit, NOW);
    },
  };
}

const DAYS = { type: "daily", start: "2025-06-10" } as const;

describe("the set of an asset", () => {
  test("counts what has happened before anybody looked, and what happens then", async () => {
    const asset = await createAsset(DAYS);
    await asset.say("materialized", "2025-06-10", "2025-06-11");
    expect(await asset.count()).toEqual({ materialized: 2, failed: 0 });

    await asset.say("failed", "2025-06-11", "2025-06-12");
    await asset.say("materialized", "2025-06-12", "2025-06-13");
    expect(await asset.count()).toEqual({ materialized: 3, failed: 1 });
  });

  test("follows its definition: keys that it does not have do not count, nor does what does not exist yet", async () => {
    const asset = await createAsset(DAYS);
    await asset.say("materialized", "2025-06-10", "2025-06-14", "2025-06-15", "2020-01-01", "nonsense");
    expect(await asset.count()).toEqual({ materialized: 2, failed: 0 });
    expect(await asset.count(NOW + 86_400_000)).toEqual({ materialized: 3, failed: 0 });

    asset.redefine({ ...DAYS, start: "2020-01-01", end: "2025-06-12" });
    expect(await asset.count()).toEqual({ materialized: 2, failed: 0 });
    await asset.say("failed", "2020-01-01");
    expect(await asset.count()).toEqual({ materialized: 1, failed: 1 });
  });

  test("counts only dynamic keys that are there, also one that was removed and added again", async () => {
    await addDynamicPartitions(db, TEST_DEPLOYMENT, "files", ["a", "b", "c"]);
    const asset = await createAsset({
      type: "multi",
      dimensions: { day: DAYS, file: { type: "dynamic", name: "files" } },
    });
    await asset.say("materialized", "2025-06-10|a", "2025-06-10|b", "2025-06-11|b");
    expect(await asset.count()).toEqual({ materialized: 3, failed: 0 });

    await deleteDynamicPartitions(db, TEST_DEPLOYMENT, "files", ["b"]);
    expect(await asset.count()).toEqual({ materialized: 1, failed: 0 });
    await addDynamicPartitions(db, TEST_DEPLOYMENT, "files", ["b"]);
    expect(await asset.count()).toEqual({ materialized: 3, failed: 0 });
    expect(await asset.page({ state: "materialized" })).toEqual({
      keys: ["2025-06-11|b", "2025-06-10|b", "2025-06-10|a"],
      cursor: null,
    });
  });

  test("is right whatever is changed at once", async () => {
    const asset = await createAsset({ type: "static", keys: Array.from({ length: 300 }, (_, i) => `k${i}`) });
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        Promise.all([
          asset.say("materialized", ...Array.from({ length: 10 }, (_each, j) => `k${i * 10 + j}`)),
          asset.count(),
        ]),
      ),
    );
    expect(await asset.count()).toEqual({ materialized: 300, failed: 0 });
  });
});

describe("the list", () => {
  test("pages from the newest on, by state and by a part of the key", async () => {
    const asset = await createAsset(DAYS);
    await asset.say("materialized", "2025-06-10", "2025-06-13");
    await asset.say("failed", "2025-06-12");

    expect(await asset.page({}, null, 2)).toEqual({
      keys: ["2025-06-14", "2025-06-13"],
      cursor: "2025-06-12",
    });
    expect(await asset.page({}, "2025-06-12")).toEqual({
      keys: ["2025-06-12", "2025-06-11", "2025-06-10"],
      cursor: null,
    });
    expect((await asset.page({ state: "materialized" })).keys).toEqual(["2025-06-13", "2025-06-10"]);
    expect((await asset.page({ state: "missing" })).keys).toEqual(["2025-06-14", "2025-06-11"]);
    expect((await asset.page({ state: "failed", search: "-12" })).keys).toEqual(["2025-06-12"]);
    expect((await asset.page({ state: "failed", search: "-13" })).keys).toEqual([]);
  });

  test("an asset that nothing has happened to has only missing ones", async () => {
    const asset = await createAsset({ type: "static", keys: ["a", "b"] });
    await db.deleteFrom("asset").where("id", "=", asset.id).execute();

    expect(await asset.count()).toBeUndefined();
    expect((await asset.page({ state: "missing" })).keys).toEqual(["b", "a"]);
    expect((await asset.page({ state: "failed" })).keys).toEqual([]);
  });
});

describe("a hundred thousand hours", async () => {
  const asset = await createAsset({ type: "hourly", start: "2014-01-15" });
  // All but one in a thousand are materialized; of these one failed and the others are missing.
  await sql`
    insert into asset_partition_state (asset_id, partition_key, deployment_id, last_materialized_at, last_failed_at)
    select ${asset.id}, to_char(timestamp '2014-01-15' + make_interval(hours => n), 'YYYY-MM-DD-HH24:00'), ${TEST_DEPLOYMENT},
      case when n % 1000 <> 7 then now() end, case when n = 40007 then now() end
    from generate_series(0, 99999) n where n % 1000 <> 7 or n = 40007`.execute(db);

  test("are counted and paged without looking at them, once their set is made", async () => {
    expect(await asset.count()).toEqual({ materialized: 99_900, failed: 1 });

    const watched = watchQueries(db);
    const partitions = {
      key: asset.key,
      partitions: readPartitions({ json: '{"type":"hourly","start":"2014-01-15"}' }),
    };
    await countPartitionStates(watched.db, TEST_DEPLOYMENT, [partitions], NOW);
    expect(watched.queries.filter(({ sql: text }) => text.includes("asset_partition_state"))).toEqual([]);

    expect(await asset.page({ state: "failed" })).toEqual({ keys: ["2018-08-08-23:00"], cursor: null });
    expect((await asset.page({ state: "missing", search: "2018-06-28" })).keys).toEqual(["2018-06-28-07:00"]);
    expect((await asset.page({}, null, 3)).keys).toEqual([
      "2025-06-15-11:00",
      "2025-06-15-10:00",
      "2025-06-15-09:00",
    ]);
  });
});
