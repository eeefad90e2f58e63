import { expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { startAttempt } from "../../runs/attempts/attempt-store.ts";
import { appendRunEvents } from "../../runs/fold/append-run-events.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import { launchAndDequeue, lifeEvent, serveLocation, TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { listAssetEvents } from "../asset-event-store.ts";
import { findAssetRecords, findPartitionRecords } from "../asset-record-store.ts";
import { findAsset, listAssets } from "../list-assets.ts";
import { countPartitionStates } from "../partition-sets/count-partitions.ts";
import { readPartitions } from "../partition-sets/read-partitions.ts";
import { setAssetArchived } from "./archive-asset.ts";
import { wipeAsset } from "./wipe-asset.ts";

const { db } = await createTestDatabase();
const DAYS = { json: JSON.stringify({ type: "static", keys: ["mon", "tue", "wed"] }) };

async function serve(...keys: string[]): Promise<void> {
  await db.updateTable("code_location").set({ removed_at: new Date() }).execute();
  await serveLocation(db, `location ${++served}`, {
    assets: keys.map((key) => ({ key, executable: true, stepKey: key, partitions: DAYS })),
    jobs: [
      {
        name: "__ASSET_JOB",
        implicit: true,
        assetKeys: keys,
        steps: keys.map((key) => ({ key, kind: "asset" })),
      },
    ],
  });
}
let served = 0;

async function make(assetKey: string, partitions: string[]): Promise<void> {
  for (const [index, partition] of partitions.entries()) {
    const { id: runId } = await launchAndDequeue(db, {
      jobName: null,
      assetSelection: [assetKey],
      partitionKey: partition,
    });
    await startAttempt(db, { runId, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
    const made: RunEvent = {
      type: "ASSET_MATERIALIZATION",
      assetKey,
      stepKey: assetKey,
      partition,
      dataVersion: partition,
      metadata: {},
      tags: {},
      message: "",
      timestamp: 1_000 + index,
    };
    await appendRunEvents(db, {
      runId,
      attempt: 1,
      firstSequence: 0,
      events: [lifeEvent("RUN_START"), made],
    });
  }
}

const recordOf = async (key: string) => (await findAssetRecords(db, TEST_DEPLOYMENT, [key])).get(key);
const historyOf = async (key: string) =>
  (await listAssetEvents(db, TEST_DEPLOYMENT, key, { before: null, limit: 9, partitionKey: null })).nodes.map(
    ({ partitionKey }) => partitionKey,
  );
const countOf = async (key: string) =>
  (
    await countPartitionStates(db, TEST_DEPLOYMENT, [{ key, partitions: readPartitions(DAYS) }], Date.now())
  ).get(key);
const listed = async (archived: boolean) =>
  (await listAssets(db, TEST_DEPLOYMENT, { search: null, group: null, archived }, null, 99)).nodes.map(
    ({ key }) => key,
  );

test("a wiped asset is as if nothing had happened to it, and can be made again", async () => {
  await serve("wiped", "spared");
  await make("wiped", ["mon", "tue"]);
  await make("spared", ["mon"]);

  await wipeAsset(db, TEST_DEPLOYMENT, "wiped", null);

  expect(await recordOf("wiped")).toMatchObject({ materializationCount: 0, lastMaterializedAt: null });
  expect(await historyOf("wiped")).toEqual([]);
  expect(await historyOf("spared")).toEqual(["mon"]);
  await make("wiped", ["wed"]);
  expect(await historyOf("wiped")).toEqual(["wed"]);
  expect(await countOf("wiped")).toEqual({ materialized: 1, failed: 0 });
});

test("of some wiped partitions nothing is left, and the newest of the others is the asset's last one", async () => {
  await serve("days");
  await make("days", ["mon", "tue", "wed"]);
  expect(await countOf("days")).toEqual({ materialized: 3, failed: 0 });

  await wipeAsset(db, TEST_DEPLOYMENT, "days", ["tue", "wed"]);

  expect(await historyOf("days")).toEqual(["mon"]);
  expect([
    ...(await findPartitionRecords(db, TEST_DEPLOYMENT, "days", ["mon", "tue", "wed"])).keys(),
  ]).toEqual(["mon"]);
  expect(await countOf("days")).toEqual({ materialized: 1, failed: 0 });
  expect(await recordOf("days")).toMatchObject({
    materializationCount: 1,
    lastMaterializedAt: new Date(1_000),
  });

  await wipeAsset(db, TEST_DEPLOYMENT, "days", ["mon"]);

  expect(await recordOf("days")).toMatchObject({ materializationCount: 0, lastMaterializedAt: null });
});

test("what is not known can't be wiped or archived", async () => {
  await expect(wipeAsset(db, TEST_DEPLOYMENT, "nowhere", null)).rejects.toThrow(
    'Nothing is known of an asset "nowhere"',
  );
  await expect(setAssetArchived(db, TEST_DEPLOYMENT, "nowhere", true)).rejects.toThrow("Nothing is known");
});

test("an asset that nothing defines any more is put out of sight, keeps its history and comes back", async () => {
  await serve("old");
  await make("old", ["mon"]);
  await expect(setAssetArchived(db, TEST_DEPLOYMENT, "old", true)).rejects.toThrow(
    /is defined by code location "location \d+"/,
  );

  await serve("other");
  await setAssetArchived(db, TEST_DEPLOYMENT, "old", true);
  expect(await listed(false)).not.toContain("old");
  expect(await listed(true)).toContain("old");
  expect(await findAsset(db, TEST_DEPLOYMENT, "old")).toMatchObject({ key: "old" });

  await setAssetArchived(db, TEST_DEPLOYMENT, "old", false);
  expect(await listed(false)).toContain("old");

  await setAssetArchived(db, TEST_DEPLOYMENT, "old", true);
  await serve("old");
  await make("old", ["tue"]);
  await serve("other");
  expect(await listed(false)).toContain("old");
  expect(await historyOf("old")).toEqual(["tue", "mon"]);
});
