import { describe, expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { startAttempt } from "../../runs/attempts/attempt-store.ts";
import { failLostAttempts } from "../../runs/attempts/end-attempt.ts";
import { appendRunEvents } from "../../runs/fold/append-run-events.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { SIMULATION_START_MS } from "../../testing/simulated-database.ts";
import {
  SHOP,
  TEST_DEPLOYMENT,
  launchAndDequeue,
  lifeEvent,
  serveLocation,
} from "../../testing/test-runs.ts";
import { findLatestAssetEvents, listAssetEvents } from "../asset-event-store.ts";
import { findAssetRecords, findPartitionRecords } from "../asset-record-store.ts";
import { assetStateOf, partitionStateOf } from "../asset-status.ts";
import { listEvaluations, listLatestEvaluations, summarizeChecks } from "../check-store.ts";
import { findAsset, listAssetNodes, listAssets } from "../list-assets.ts";
import { reportWorkerExit } from "../../runs/attempts/report-worker-exit.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);

/** Assets of each test's own. */
let names = 0;
async function serveAssets(count: number): Promise<string[]> {
  const prefix = `test${names++}`;
  const keys = Array.from({ length: count }, (_, index) => `${prefix}/a${index}`);
  await serveLocation(db, prefix, {
    assets: keys.map((key) => ({ key, executable: true, stepKey: key, group: prefix })),
    checks: keys.map((assetKey) => ({ assetKey, name: "c", stepKey: `${assetKey}_c` })),
    jobs: [{ name: "__ASSET_JOB", implicit: true, assetKeys: keys }],
  });
  return keys;
}

const details = { metadata: {}, tags: {}, dataVersion: null, message: "", partition: null };
const materialization = (assetKey: string, timestamp: number, change = {}): RunEvent => ({
  ...details,
  type: "ASSET_MATERIALIZATION",
  assetKey,
  stepKey: assetKey,
  timestamp,
  ...change,
});

async function startRun(assetSelection: string[], partitionKey: string | null = null) {
  const { id: runId } = await launchAndDequeue(db, { jobName: null, assetSelection, partitionKey });
  await startAttempt(db, { runId, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null });
  let next = 0;
  return {
    runId,
    say: async (...events: RunEvent[]) => {
      ({ nextSequence: next } = await appendRunEvents(db, {
        runId,
        attempt: 1,
        firstSequence: next,
        events,
      }));
    },
    die: () =>
      reportWorkerExit(db, {
        deploymentId: TEST_DEPLOYMENT,
        agentId: "a",
        runId,
        attempt: 1,
        workerId: "w1",
        end: { how: "signaled", exitCode: null, detail: "SIGKILL", lastOutput: null },
      }),
  };
}

const states = async (keys: string[]) => {
  const records = await findAssetRecords(db, TEST_DEPLOYMENT, keys);
  return keys.map((key) => assetStateOf(records.get(key)));
};

describe("what a run does to its assets", () => {
  test("they are in progress until each is produced", async () => {
    const keys = await serveAssets(2);
    const [a = "", b = ""] = keys;
    expect(await states(keys)).toEqual(["missing", "missing"]);

    const run = await startRun(keys);
    expect(await states(keys)).toEqual(["in_progress", "in_progress"]);

    await run.say(
      lifeEvent("RUN_START"),
      materialization(a, 1_000, { metadata: { rows: { type: "int", value: 3 } }, dataVersion: "v1" }),
    );
    expect(await states(keys)).toEqual(["materialized", "in_progress"]);
    const latest = await findLatestAssetEvents(db, TEST_DEPLOYMENT, [a]);
    expect(latest.get(a)?.materialization).toMatchObject({
      kind: "materialization",
      runId: run.runId,
      metadata: { rows: { type: "int", value: 3 } },
      dataVersion: "v1",
      timestamp: new Date(1_000),
    });

    await run.say(materialization(b, 2_000), lifeEvent("RUN_SUCCESS"));
    expect(await states(keys)).toEqual(["materialized", "materialized"]);
  });

  test("a run that fails fails what it has not produced, and a later one heals it", async () => {
    const keys = await serveAssets(2);
    const [a = "", b = ""] = keys;
    const run = await startRun(keys);
    await run.say(lifeEvent("RUN_START"), materialization(a, Date.now()));
    await run.die();
    expect(await states(keys)).toEqual(["materialized", "failed"]);

    const again = await startRun([b]);
    await again.say(lifeEvent("RUN_START"), materialization(b, Date.now() + 5), lifeEvent("RUN_SUCCESS"));
    expect(await states(keys)).toEqual(["materialized", "materialized"]);
  });

  test("runs fail and heal what was made before also when the clocks of their workers are behind", async () => {
    const [key = ""] = await serveAssets(1);
    const run = await startRun([key]);
    const timestamp = SIMULATION_START_MS - 1_000;
    await run.say(lifeEvent("RUN_START"), materialization(key, timestamp + 1), lifeEvent("RUN_SUCCESS"));
    await advance(60);
    const failing = await startRun([key]);
    await failing.say({ ...lifeEvent("RUN_START"), timestamp });
    await failing.say({ type: "RUN_FAILURE", reason: "STEP_FAILURE", error: null, message: "", timestamp });
    expect(await states([key])).toEqual(["failed"]);
    await advance(1);
    const again = await startRun([key]);
    await again.say(lifeEvent("RUN_START"), materialization(key, timestamp), lifeEvent("RUN_SUCCESS"));
    expect(await states([key])).toEqual(["materialized"]);
  });

  test("a step that fails fails its asset at once, while the others go on", async () => {
    const keys = await serveAssets(2);
    const [a = ""] = keys;
    const run = await startRun(keys);
    const error = { name: "Error", message: "no", stack: null, cause: null };
    const stepKey = a.replace("/", "__");
    await run.say(lifeEvent("RUN_START"), {
      type: "STEP_FAILURE",
      stepKey,
      timestamp: 5,
      message: "",
      error,
      metadata: {},
    });

    expect(await states(keys)).toEqual(["failed", "in_progress"]);
  });

  test("what a worker that was taken for lost produces after all is not failed", async () => {
    const [a = ""] = await serveAssets(1);
    const run = await startRun([a]);
    await run.say(lifeEvent("RUN_START"));
    await advance(61);
    await failLostAttempts(db, TEST_DEPLOYMENT);
    expect(await states([a])).toEqual(["failed"]);

    await run.say();
    expect(await states([a])).toEqual(["in_progress"]);

    await run.say(materialization(a, SIMULATION_START_MS + 30_000), lifeEvent("RUN_SUCCESS"));

    expect(await states([a])).toEqual(["materialized"]);
  });

  test("what is stored last is the last one, also when its worker's clock is behind, and not failed", async () => {
    const [a = ""] = await serveAssets(1);
    const behind = await startRun([a]);
    await (await startRun([a])).say(materialization(a, 9_000, { dataVersion: "old" }));
    await advance(60);
    await (await startRun([a])).die();
    await behind.say(materialization(a, 1_000, { dataVersion: "new" }));
    const latest = await findLatestAssetEvents(db, TEST_DEPLOYMENT, [a]);
    expect(latest.get(a)?.materialization).toMatchObject({ runId: behind.runId, dataVersion: "new" });
    const record = (await findAssetRecords(db, TEST_DEPLOYMENT, [a])).get(a);
    expect(record).toMatchObject({ materializationCount: 2, lastMaterializationRunId: behind.runId });
    expect(record?.lastFailedAt).toEqual(record?.lastMaterializedAt);
  });

  test("sending a batch again counts nothing twice", async () => {
    const [a = ""] = await serveAssets(1);
    const { runId } = await startRun([a]);
    const batch = {
      runId,
      attempt: 1,
      firstSequence: 0,
      events: [materialization(a, 1), materialization(a, 2)],
    };

    await Promise.all([appendRunEvents(db, batch), appendRunEvents(db, batch), appendRunEvents(db, batch)]);

    expect((await findAssetRecords(db, TEST_DEPLOYMENT, [a])).get(a)).toMatchObject({
      materializationCount: 2,
    });
  });

  test("runs that produce the same assets at once, in opposite orders, do not stop each other", async () => {
    const keys = await serveAssets(50);
    const runs = await Promise.all(Array.from({ length: 8 }, () => startRun(keys)));

    await Promise.all(
      runs.map((run, index) => {
        const events = keys.map((key) => materialization(key, index));
        return run.say(...(index % 2 === 0 ? events : events.toReversed()));
      }),
    );

    const records = await findAssetRecords(db, TEST_DEPLOYMENT, keys);
    expect([...records.values()].every(({ materializationCount }) => materializationCount === 8)).toBe(true);
  });
});

describe("what another run makes while one goes on", () => {
  test("is not failed by that one's end, whether it had made it too or not; what nobody made is", async () => {
    const keys = await serveAssets(3);
    const [a = "", b = ""] = keys;
    const failing = await startRun(keys);
    await failing.say(lifeEvent("RUN_START"), materialization(a, SIMULATION_START_MS + 1_000_000));
    await advance(1);
    const other = await startRun([a, b]);
    const later = SIMULATION_START_MS + 2_000_000;
    await other.say(materialization(a, later), materialization(b, later), lifeEvent("RUN_SUCCESS"));
    await failing.die();

    expect(await states(keys)).toEqual(["materialized", "materialized", "failed"]);
  });
});

describe("partitions", () => {
  test("each has a state of its own", async () => {
    const monday = await startRun(["daily_orders"], "mon");
    await monday.say(
      materialization("daily_orders", 1_000, { partition: "mon" }),
      lifeEvent("RUN_START"),
      lifeEvent("RUN_SUCCESS"),
    );
    const tuesday = await startRun(["daily_orders"], "tue");
    await tuesday.say(lifeEvent("RUN_START"));
    await tuesday.die();

    const records = await findPartitionRecords(db, TEST_DEPLOYMENT, "daily_orders", ["mon", "tue", "wed"]);
    expect(["mon", "tue", "wed"].map((key) => partitionStateOf(records.get(key)))).toEqual([
      "materialized",
      "failed",
      "missing",
    ]);
    expect(records.get("mon")).toMatchObject({
      lastMaterializedAt: new Date(1_000),
      lastRunId: monday.runId,
    });
    await advance(1);
    const made = materialization("daily_orders", 0, { partition: "tue" });
    await (await startRun(["daily_orders"], "tue")).say(made);
    const healed = await findPartitionRecords(db, TEST_DEPLOYMENT, "daily_orders", ["tue"]);
    expect(partitionStateOf(healed.get("tue"))).toBe("materialized");
  });

  test("one that another run has made since is not failed", async () => {
    const failing = await startRun(["daily_orders"], "wed");
    await advance(1);
    const other = await startRun(["daily_orders"], "wed");
    await failing.say(lifeEvent("RUN_START"));
    await other.say(
      materialization("daily_orders", SIMULATION_START_MS + 3_000_000, { partition: "wed" }),
      lifeEvent("RUN_SUCCESS"),
    );
    await failing.die();

    const records = await findPartitionRecords(db, TEST_DEPLOYMENT, "daily_orders", ["wed"]);
    expect(partitionStateOf(records.get("wed"))).toBe("materialized");
  });
});

describe("the history of an asset", () => {
  test("pages of events, newest first, also of one partition", async () => {
    const [a = ""] = await serveAssets(1);
    const run = await startRun([a]);
    for (let index = 0; index < 5; index++)
      await run.say(materialization(a, index, { partition: index % 2 ? "odd" : "even" }));
    const page = { before: null, limit: 2, partitionKey: null };
    const times = (events: readonly { timestamp: Date }[]) =>
      events.map(({ timestamp }) => timestamp.getTime());

    const first = await listAssetEvents(db, TEST_DEPLOYMENT, a, page);
    const second = await listAssetEvents(db, TEST_DEPLOYMENT, a, {
      ...page,
      before: first.nodes.at(-1)?.id ?? null,
    });

    expect([times(first.nodes), first.hasMore, times(second.nodes)]).toEqual([[4, 3], true, [2, 1]]);
    expect(
      times((await listAssetEvents(db, TEST_DEPLOYMENT, a, { ...page, partitionKey: "odd" })).nodes),
    ).toEqual([3, 1]);
    expect((await findLatestAssetEvents(db, TEST_DEPLOYMENT, [a])).get(a)?.materialization?.id).toBe(
      first.nodes[0]?.id,
    );
  });

  test("checks: every evaluation, the newest of each, and how all of them stand", async () => {
    const [a = "", b = ""] = await serveAssets(2);
    const run = await startRun([a, b]);
    const evaluation = (passed: boolean, severity: "WARN" | "ERROR", timestamp: number): RunEvent => {
      const { metadata, partition, message } = details;
      const check = { checkName: "c", assetKey: a, stepKey: "s", blocking: false };
      return {
        type: "ASSET_CHECK_EVALUATION",
        ...check,
        metadata,
        partition,
        message,
        passed,
        severity,
        timestamp,
      };
    };
    await run.say(evaluation(true, "ERROR", 1), evaluation(false, "WARN", 2));
    const checks = [b, a].map((assetKey) => ({ assetKey, name: "c" }));

    expect(await listLatestEvaluations(db, TEST_DEPLOYMENT, checks)).toMatchObject([
      null,
      { passed: false, severity: "WARN" },
    ]);
    expect(await listEvaluations(db, TEST_DEPLOYMENT, { assetKey: a, name: "c" }, 10)).toMatchObject([
      { passed: false },
      { passed: true },
    ]);
    expect(Object.fromEntries(await summarizeChecks(db, TEST_DEPLOYMENT, checks))).toEqual({
      [a]: { passed: 0, warned: 1, failed: 0, unknown: 0 },
      [b]: { passed: 0, warned: 0, failed: 0, unknown: 1 },
    });
  });
});

describe("lists of assets", () => {
  test("merge the definitions of all locations with what has history and is not defined any more", async () => {
    await serveLocation(db, "downstream", {
      assets: [
        { key: "orders", executable: false },
        {
          key: "report",
          executable: true,
          group: "reports",
          kinds: ["svg"],
          owners: ["ann"],
          dependencies: [{ key: "orders" }],
        },
      ],
    });
    await db.insertInto("asset").values({ deployment_id: TEST_DEPLOYMENT, key: "gone" }).execute();
    const keys = async (search: string | null, group: string | null = null) =>
      (await listAssets(db, TEST_DEPLOYMENT, { search, group, archived: false }, null, 1_000)).nodes.map(
        ({ key }) => key,
      );

    expect((await findAsset(db, TEST_DEPLOYMENT, "orders"))?.defined).toMatchObject({
      definition: { executable: true },
      location: { locationName: "shop" },
      dependents: ["daily_orders", "report"],
      jobs: ["sales_job"],
    });
    expect(await findAsset(db, TEST_DEPLOYMENT, "gone")).toEqual({ key: "gone", defined: null });
    expect(await findAsset(db, TEST_DEPLOYMENT, "never")).toBeNull();
    expect(await keys("ORDERS")).toEqual(["daily_orders", "orders", "raw/orders"]);
    expect(await keys("svg")).toEqual(["report"]);
    expect(await keys("ann")).toEqual(["report"]);
    expect(await keys("gon")).toEqual(["gone"]);
    expect(await keys(null, "sales")).toEqual(["daily_orders", "orders"]);
    expect(
      await listAssets(
        db,
        TEST_DEPLOYMENT,
        { search: "orders", group: null, archived: false },
        "daily_orders",
        1,
      ),
    ).toMatchObject({
      nodes: [{ key: "orders" }],
      hasMore: true,
    });
  });

  test("ten thousand assets in one go", async () => {
    const keys = await serveAssets(10_000);
    const run = await startRun(keys);
    await run.say(lifeEvent("RUN_START"), ...keys.slice(0, 5_000).map((key) => materialization(key, 5)));
    await run.die();

    const nodes = (await listAssetNodes(db, TEST_DEPLOYMENT, Date.now(), false)).filter(
      ({ key }) => keys[0]?.split("/")[0] === key.split("/")[0],
    );

    expect(nodes).toHaveLength(10_000);
    expect(nodes.filter(({ state }) => state === "materialized")).toHaveLength(5_000);
    expect(nodes.filter(({ state }) => state === "failed")).toHaveLength(5_000);
    expect(nodes[0]?.checks).toEqual({ passed: 0, warned: 0, failed: 0, unknown: 1 });
  }, 30_000);
});
