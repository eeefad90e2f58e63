import { expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { inTransaction } from "../../database/in-transaction.ts";
import { startAttempt } from "../../runs/attempts/attempt-store.ts";
import { listRuns } from "../../runs/list-runs.ts";
import type { RunFilter } from "../../runs/run-filter.ts";
import { appendRunEvents } from "../../runs/fold/append-run-events.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import { launchAndDequeue, lifeEvent, serveLocation, TEST_DEPLOYMENT } from "../../testing/test-runs.ts";
import { listAssetEvents } from "../asset-event-store.ts";
import { findAssetRecords, findPartitionRecords } from "../asset-record-store.ts";
import { listStaleness } from "../staleness/asset-staleness.ts";
import { listLatestEvaluations } from "../check-store.ts";
import { findAsset } from "../list-assets.ts";
import { countPartitionStates } from "../partition-sets/count-partitions.ts";
import { readPartitions } from "../partition-sets/read-partitions.ts";
import { renameAssets } from "./rename-assets.ts";

const { db } = await createTestDatabase();
const DAYS = { json: JSON.stringify({ type: "static", keys: ["mon", "tue"] }) };

/** Serves one asset with days under a key, `plain` under another and what is made from it, as a report of the location does. */
async function serve(
  key: string,
  renamedFrom: string[] = [],
  plain = "plain",
  plainBefore: string[] = [],
): Promise<void> {
  await db.updateTable("code_location").set({ removed_at: new Date() }).execute();
  await serveLocation(db, `location ${++served}`, {
    assets: [
      { key, executable: true, stepKey: "step", renamedFrom, partitions: DAYS },
      { key: plain, executable: true, stepKey: "plain", renamedFrom: plainBefore },
      {
        key: "report",
        executable: true,
        stepKey: "report",
        dependencies: [{ key: plain, loadsValue: true }],
      },
    ],
    checks: [{ assetKey: key, name: "whole", stepKey: "step" }],
    jobs: [
      {
        name: "__ASSET_JOB",
        implicit: true,
        assetKeys: [key, plain, "report"],
        steps: ["step", "plain", "report"].map((step) => ({ key: step, kind: "asset" })),
      },
    ],
  });
  await inTransaction(db, (trx) => renameAssets(trx, TEST_DEPLOYMENT));
}
let served = 0;

async function start(assetSelection: string[], partitionKey: string | null) {
  const { id: runId } = await launchAndDequeue(db, { jobName: null, assetSelection, partitionKey });
  await startAttempt(db, { runId, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
  let next = 0;
  const say = async (...events: RunEvent[]) => {
    ({ nextSequence: next } = await appendRunEvents(db, { runId, attempt: 1, firstSequence: next, events }));
  };
  return Object.assign(say, { runId });
}

const made = (assetKey: string, partition: string | null, dataVersion: string, change = {}): RunEvent => ({
  type: "ASSET_MATERIALIZATION",
  assetKey,
  stepKey: "step",
  partition,
  dataVersion,
  metadata: {},
  tags: {},
  message: "",
  timestamp: Date.now(),
  ...change,
});
const checked = (assetKey: string): RunEvent => ({
  type: "ASSET_CHECK_EVALUATION",
  assetKey,
  checkName: "whole",
  stepKey: "step",
  passed: true,
  severity: "ERROR",
  blocking: false,
  partition: null,
  metadata: {},
  message: "",
  timestamp: Date.now(),
});

const FAILURE: RunEvent = {
  type: "RUN_FAILURE",
  reason: "STEP_FAILURE",
  message: "",
  error: null,
  timestamp: Date.now(),
};

const historyOf = async (key: string) =>
  (
    await listAssetEvents(db, TEST_DEPLOYMENT, key, { before: null, limit: 10, partitionKey: null })
  ).nodes.map(({ dataVersion }) => dataVersion);
const countOf = async (key: string) =>
  (
    await countPartitionStates(db, TEST_DEPLOYMENT, [{ key, partitions: readPartitions(DAYS) }], Date.now())
  ).get(key);

test("a renamed asset keeps its state, partitions, history and checks", async () => {
  await serve("raw");
  const say = await start(["raw"], "mon");
  await say(lifeEvent("RUN_START"), made("raw", "mon", "v1"), checked("raw"), lifeEvent("RUN_SUCCESS"));

  await serve("clean/orders", ["raw"]);

  const [record] = [...(await findAssetRecords(db, TEST_DEPLOYMENT, ["clean/orders"])).values()];
  expect(record).toMatchObject({ key: "clean/orders", materializationCount: 1 });
  expect(await historyOf("clean/orders")).toEqual(["v1"]);
  expect(await historyOf("raw")).toEqual([]);
  expect((await findPartitionRecords(db, TEST_DEPLOYMENT, "clean/orders", ["mon", "tue"])).size).toBe(1);
  expect(await countOf("clean/orders")).toEqual({ materialized: 1, failed: 0 });
  expect(
    await listLatestEvaluations(db, TEST_DEPLOYMENT, [{ assetKey: "clean/orders", name: "whole" }]),
  ).toMatchObject([{ passed: true }]);
  expect(await findAsset(db, TEST_DEPLOYMENT, "raw")).toMatchObject({ key: "clean/orders" });
});

test("what was made from an asset is not out of date because that was renamed", async () => {
  const isFresh = async () =>
    (await listStaleness(db, TEST_DEPLOYMENT, [{ assetKey: "report", partition: null }], Date.now()))[0];
  await serve("other");
  const provenance = { codeVersion: "1", inputDataVersions: { plain: "p1" }, isUserProvided: false };
  const say = await start(["plain", "report"], null);
  await say(lifeEvent("RUN_START"), made("plain", null, "p1"), made("report", null, "r1", { provenance }));
  await say(lifeEvent("RUN_SUCCESS"));
  expect(await isFresh()).toMatchObject({ status: "fresh" });

  await serve("other", [], "fancy", ["plain"]);

  expect(await isFresh()).toMatchObject({ status: "fresh" });
});

test("a run that was planned before goes on under the new key, also when it fails", async () => {
  await serve("early");
  const say = await start(["early"], "mon");
  await say(lifeEvent("RUN_START"));

  await serve("late", ["early"]);
  await say(made("early", "mon", "v1"));
  await serve("later", ["late", "early"]);
  await say(made("early", "tue", "v2"), FAILURE);

  expect(await historyOf("later")).toEqual(["v2", "v1"]);
  expect((await findAssetRecords(db, TEST_DEPLOYMENT, ["early", "late"])).size).toBe(0);
});

const runsOf = async (assetKey: string) =>
  (await listRuns(db, TEST_DEPLOYMENT, { assetKey }, null, 10)).nodes.map(({ id }) => id);
const activeRunOf = async (key: string) =>
  (await findAssetRecords(db, TEST_DEPLOYMENT, [key])).get(key)?.activeRunId;

test("runs are found under each key that their asset has had, and those that go on are shown with it", async () => {
  await serve("first");
  const first = await start(["first"], "mon");
  await first(lifeEvent("RUN_START"), made("first", "mon", "v1"), lifeEvent("RUN_SUCCESS"));
  await serve("second", ["first"]);
  const second = await start(["second"], "mon");
  await second(lifeEvent("RUN_START"), made("second", "mon", "v2"));

  await serve("third", ["second", "first"]);

  for (const key of ["third", "second", "first"])
    expect(await runsOf(key)).toEqual([second.runId, first.runId]);
  expect(await activeRunOf("third")).toBe(second.runId);
  const both = { assetKey: "third", statuses: ["SUCCESS"] } satisfies RunFilter;
  expect(await listRuns(db, TEST_DEPLOYMENT, both, null, 10)).toMatchObject({ nodes: [{ id: first.runId }] });
});

test("runs stay with their asset when its former key becomes that of another one", async () => {
  await serve("east");
  const before = await start(["east"], "mon");
  await before(lifeEvent("RUN_START"), made("east", "mon", "v1"), lifeEvent("RUN_SUCCESS"));
  await serve("west", ["east"]);

  await serve("west", ["east"], "east");
  const after = await start(["east"], null);
  await after(lifeEvent("RUN_START"), made("east", null, "e1"), lifeEvent("RUN_SUCCESS"));

  expect(await runsOf("west")).toEqual([before.runId]);
  expect(await runsOf("east")).toEqual([after.runId]);
});

test("going back to the revision before gives the key back", async () => {
  await serve("one");
  await (
    await start(["one"], "mon")
  )(lifeEvent("RUN_START"), made("one", "mon", "v1"));
  await serve("two", ["one"]);
  expect(await historyOf("two")).toEqual(["v1"]);

  await serve("one");

  expect(await historyOf("one")).toEqual(["v1"]);
  expect(await historyOf("two")).toEqual([]);
});

test("what stands under both keys is joined, and the newest counts", async () => {
  await serve("left");
  await (
    await start(["left"], "mon")
  )(lifeEvent("RUN_START"), made("left", "mon", "old"), made("left", "tue", "old tue"));
  await serve("right");
  await (
    await start(["right"], "mon")
  )(lifeEvent("RUN_START"), made("right", "mon", "new", { timestamp: Date.now() + 1_000 }));

  await serve("right", ["left"]);

  expect(await historyOf("right")).toEqual(["new", "old tue", "old"]);
  const [record] = [...(await findAssetRecords(db, TEST_DEPLOYMENT, ["right"])).values()];
  expect(record).toMatchObject({ materializationCount: 3 });
  expect(await countOf("right")).toEqual({ materialized: 2, failed: 0 });
});

test("a former key may become that of another asset", async () => {
  await serve("north");
  await (
    await start(["north"], "mon")
  )(lifeEvent("RUN_START"), made("north", "mon", "v1"));
  await serve("south", ["north"]);

  await serve("south", ["north"], "north");
  await (
    await start(["north"], null)
  )(lifeEvent("RUN_START"), made("north", null, "n1"));

  expect(await historyOf("south")).toEqual(["v1"]);
  expect(await historyOf("north")).toEqual(["n1"]);
});
