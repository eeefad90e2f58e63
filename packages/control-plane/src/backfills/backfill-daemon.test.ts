import { expect, test } from "vitest";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { tickOnce } from "../daemons/tick-once.ts";
import { dequeueRuns } from "../run-queue/dequeue-runs.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { listRuns } from "../runs/list-runs.ts";
import { launchDueRetries } from "../runs/retries/retry-daemon.ts";
import type { Run } from "../runs/run-store.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import {
  claimDefaultWork,
  LAUNCH_CONTEXT,
  repeatTestRun,
  lifeEvent,
  serveLocation,
  TEST_DEPLOYMENT,
  TEST_ORIGIN,
  TEST_SETTINGS,
  TEST_WORKER,
  type SnapshotInit,
} from "../testing/test-runs.ts";
import { backfillDaemon } from "./backfill-daemon.ts";
import { findBackfill, listTargetCounts, type Backfill } from "./backfill-store.ts";
import { setBackfillPaused, requestCancel } from "./control-backfill.ts";
import { launchBackfill, type BackfillInput } from "./launch-backfill.ts";
import { BACKFILL_TAG } from "../runs/run-tags.ts";

const { db } = await createTestDatabase();
const context = createTestContext(db);

const days = { json: JSON.stringify({ type: "daily", start: "2024-01-01", end: "2024-01-05" }) };
const weeks = { json: JSON.stringify({ type: "weekly", start: "2023-12-31" }) };
const asset = (key: string, partitions: { json: string } | null, deps: string[] = [], policy?: object) => ({
  key,
  group: "g",
  executable: true,
  stepKey: key,
  dependencies: deps.map((dep) => ({ key: dep })),
  ...(partitions ? { partitions } : {}),
  ...(policy ? { backfillPolicy: JSON.stringify(policy) } : {}),
});

function locationOf(assets: ReturnType<typeof asset>[]): SnapshotInit {
  const steps = assets.map(({ key }) => ({ key, kind: "asset" }));
  return {
    assets,
    jobs: [
      { name: ASSET_JOB, implicit: true, assetKeys: assets.map(({ key }) => key), steps },
      { name: "ops", partitions: days, steps: [{ key: "load", kind: "op" }] },
    ],
  };
}

const ASSETS = [
  asset("raw", days),
  asset("clean", days, ["raw"]),
  asset("report", weeks, ["clean"], { type: "single_run" }),
  asset("total", null, ["report"]),
];
await serveLocation(db, "shop", locationOf(ASSETS));

const tick = async (): Promise<void> => {
  const report = await tickOnce(
    { daemon: backfillDaemon, deploymentId: TEST_DEPLOYMENT },
    context,
    "replica",
  );
  expect(report.error).toBeNull();
};

function begin(change: Partial<BackfillInput>, key: string | null = null): Promise<Backfill> {
  const input: BackfillInput = {
    title: null,
    locationName: null,
    jobName: null,
    assetSelection: null,
    states: null,
    runConfig: null,
    tags: {},
    ranges: null,
    ofAssets: new Map(),
    ...change,
  };
  return launchBackfill(db, TEST_DEPLOYMENT, input, { origin: TEST_ORIGIN, key }, LAUNCH_CONTEXT);
}

async function runsOf({ id }: Backfill): Promise<Run[]> {
  const page = await listRuns(db, TEST_DEPLOYMENT, { tags: [{ key: BACKFILL_TAG, value: id }] }, null, 1_000);
  return page.nodes.toReversed();
}

const describeRun = ({ assetKeys, partitionKey, partitionRange }: Run): string =>
  `${assetKeys.join("+")} ${partitionRange ? `${partitionRange.start}...${partitionRange.end}` : partitionKey}`;

/** Starts all runs that wait, and ends those of the backfill. */
async function endRuns(backfill: Backfill, succeeds: (run: Run) => boolean): Promise<string[]> {
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
  await claimDefaultWork(db);
  const runs = (await runsOf(backfill)).filter(({ endedAt }) => endedAt === null);
  for (const run of runs) {
    await startAttempt(db, { ...TEST_WORKER, runId: run.id });
    const end = succeeds(run)
      ? lifeEvent("RUN_SUCCESS")
      : { type: "RUN_FAILURE", timestamp: Date.now(), message: "", reason: "STEP_FAILURE", error: null };
    await appendRunEvents(db, {
      runId: run.id,
      attempt: 1,
      firstSequence: 0,
      events: [lifeEvent("RUN_START"), end],
    });
  }
  return runs.map(describeRun);
}

async function stateOf({ id }: Backfill): Promise<object> {
  const backfill = await findBackfill(db, TEST_DEPLOYMENT, id);
  const targets = (await listTargetCounts(db, [id])).get(id) ?? [];
  return {
    status: backfill?.status,
    ...Object.fromEntries(
      targets.map(({ key, targeted, requested, materialized, failed, skipped }) => [
        key,
        [targeted, requested, materialized, failed, skipped].join(" "),
      ]),
    ),
  };
}

const all = {
  assetSelection: ["raw", "clean", "report", "total"],
  ranges: [{ start: "2024-01-01", end: "2024-01-04" }],
};

test("a backfill of several assets is made in upstream order, and is done when all is made", async () => {
  const backfill = await begin(all);
  await tick();
  await tick();

  expect(await endRuns(backfill, () => true)).toEqual([
    "raw+clean 2024-01-01",
    "raw+clean 2024-01-02",
    "raw+clean 2024-01-03",
    "raw+clean 2024-01-04",
  ]);
  await tick();
  expect(await endRuns(backfill, () => true)).toEqual(["report 2023-12-31"]);
  await tick();
  expect(await endRuns(backfill, () => true)).toEqual(["total null"]);
  expect(await stateOf(backfill)).toMatchObject({ status: "REQUESTED" });
  await tick();

  expect(await stateOf(backfill)).toEqual({
    status: "COMPLETED_SUCCESS",
    raw: "4 4 4 0 0",
    clean: "4 4 4 0 0",
    report: "1 1 1 0 0",
    total: "1 1 1 0 0",
  });
});

test("what needs a partition that failed is skipped, and the backfill says so", async () => {
  const backfill = await begin(all);
  await tick();
  await endRuns(backfill, ({ partitionKey }) => partitionKey !== "2024-01-03");
  await tick();

  expect(await stateOf(backfill)).toEqual({
    status: "COMPLETED_FAILED",
    raw: "4 4 3 1 0",
    clean: "4 4 3 1 0",
    report: "1 0 0 0 1",
    total: "1 0 0 0 1",
  });
});

test("only what is missing or has failed is made, when asked for", async () => {
  await expect(begin({ assetSelection: ["raw"], states: ["missing"] })).resolves.toMatchObject({
    status: "REQUESTED",
  });
  const failed = await begin({ assetSelection: ["raw"], states: ["failed"] });
  await tick();

  expect((await runsOf(failed)).map(describeRun)).toEqual(["raw 2024-01-03"]);
});

test("two launches with one key are one backfill, and its runs are launched once", async () => {
  const first = await begin({ jobName: "ops" }, "nightly");
  await tick();
  const second = await begin({ jobName: "ops" }, "nightly");
  await tick();

  expect(second.id).toBe(first.id);
  expect((await runsOf(first)).map(({ partitionKey }) => partitionKey)).toEqual([
    "2024-01-01",
    "2024-01-02",
    "2024-01-03",
    "2024-01-04",
  ]);
  await endRuns(first, () => true);
  await tick();
  expect(await stateOf(first)).toEqual({ status: "COMPLETED_SUCCESS", ops: "4 4 4 0 0" });
});

test("while it is held nothing is launched, and it goes on where it was", async () => {
  const backfill = await begin(all);
  await setBackfillPaused(db, TEST_DEPLOYMENT, backfill.id, true);
  await tick();
  expect(await runsOf(backfill)).toEqual([]);
  expect(await stateOf(backfill)).toMatchObject({ status: "REQUESTED" });

  await setBackfillPaused(db, TEST_DEPLOYMENT, backfill.id, false);
  await tick();
  expect(await runsOf(backfill)).toHaveLength(4);
});

test("a canceled backfill ends its runs, and then itself", async () => {
  const backfill = await begin(all);
  await tick();
  await requestCancel(db, TEST_DEPLOYMENT, backfill.id);
  await tick();
  expect((await runsOf(backfill)).map(({ status }) => status)).toEqual(
    Array.from({ length: 4 }, () => "CANCELED"),
  );
  expect(await stateOf(backfill)).toMatchObject({ status: "CANCELED", raw: "4 4 0 4 0" });
});

test("a run that is launched again and succeeds lets the rest go on", async () => {
  const backfill = await begin({ ...all, tags: { team: "sales" } });
  await tick();
  await endRuns(backfill, ({ partitionKey }) => partitionKey !== "2024-01-03");
  const [failed] = (await runsOf(backfill)).filter(({ status }) => status === "FAILURE");
  expect(failed?.tags).toMatchObject({ team: "sales" });
  await repeatTestRun(db, failed?.id ?? "");
  await tick();
  expect(await stateOf(backfill)).toMatchObject({ status: "REQUESTED", clean: "4 4 3 0 0" });

  await endRuns(backfill, () => true);
  await tick();
  expect(await endRuns(backfill, () => true)).toEqual(["report 2023-12-31"]);
});

test("it does not end while a run of it is to be tried again by itself", async () => {
  const backfill = await begin({
    assetSelection: ["raw"],
    ranges: [{ start: "2024-01-01", end: "2024-01-01" }],
    tags: { "millrace/max_retries": "1" },
  });
  await tick();
  await endRuns(backfill, () => false);
  await tick();
  expect(await stateOf(backfill)).toEqual({ status: "REQUESTED", raw: "1 1 0 1 0" });

  await launchDueRetries(db, TEST_DEPLOYMENT, LAUNCH_CONTEXT);
  await tick();
  expect(await stateOf(backfill)).toEqual({ status: "REQUESTED", raw: "1 1 0 0 0" });
  await endRuns(backfill, () => true);
  await tick();
  expect(await stateOf(backfill)).toEqual({ status: "COMPLETED_SUCCESS", raw: "1 1 1 0 0" });
});

test("a definition that is partitioned in another way, or gone, ends it with a reason", async () => {
  const changed = await begin({ assetSelection: ["raw"] });
  await serveLocation(db, "shop", locationOf([asset("raw", weeks), ...ASSETS.slice(1)]));
  await tick();
  expect(await findBackfill(db, TEST_DEPLOYMENT, changed.id)).toMatchObject({
    status: "FAILED",
    message: '"raw" is partitioned in another way than when the backfill began: launch a new one',
  });
  await serveLocation(db, "shop", locationOf(ASSETS));

  const vanished = await begin({ assetSelection: ["raw"] });
  await serveLocation(db, "shop", locationOf(ASSETS.slice(1)));
  await tick();
  expect(await findBackfill(db, TEST_DEPLOYMENT, vanished.id)).toMatchObject({ status: "FAILED" });
  await serveLocation(db, "shop", locationOf(ASSETS));
});

test("while runs of one whose definition is gone go on, it says so and counts them; what comes back it makes", async () => {
  const [fails, goesOn] = [
    await begin({ assetSelection: ["raw"] }),
    await begin({ assetSelection: ["raw"] }),
  ];
  await tick();
  await serveLocation(db, "shop", locationOf(ASSETS.slice(1)));
  await tick();
  const message =
    '"raw" is not defined by code location "shop" any more: launch a new backfill of what is left';
  expect(await findBackfill(db, TEST_DEPLOYMENT, fails.id)).toMatchObject({ status: "REQUESTED", message });
  await endRuns(fails, ({ partitionKey }) => partitionKey !== "2024-01-02");
  await tick();
  expect(await findBackfill(db, TEST_DEPLOYMENT, fails.id)).toMatchObject({ status: "FAILED", message });
  expect(await stateOf(fails)).toEqual({ status: "FAILED", raw: "4 4 3 1 0" });

  await serveLocation(db, "shop", locationOf(ASSETS));
  await endRuns(goesOn, () => true);
  await tick();
  expect(await stateOf(goesOn)).toEqual({ status: "COMPLETED_SUCCESS", raw: "4 4 4 0 0" });
});

test.each([
  [{ assetSelection: ["raw"], ranges: [{ start: "2024-02-01", end: "2024-02-01" }] }, /no partition/],
  [
    { assetSelection: ["raw"], ranges: [{ start: "2024-01-03", end: "2024-01-01" }] },
    /comes after "2024-01-01"/,
  ],
  [{ assetSelection: ["nobody"] }, /There is no asset "nobody"/],
  [{ assetSelection: ["total"] }, /Nothing that is named here is partitioned/],
  [{}, /names nothing to make/],
])("%j is refused", async (input, message) => {
  await expect(begin(input)).rejects.toThrow(message);
});
