import { expect, test } from "vitest";
import { systemIds } from "@millrace/model/randomness";
import type { LaunchRunWork } from "@millrace/model/runs/work-item";
import type { RunEvent } from "@millrace/model/run-event";
import {
  AssetHistoryDocument,
  AssetPartitionsDocument,
  AssetStatesDocument,
  AddDynamicPartitionsDocument,
  DynamicPartitionsDocument,
  LaunchedRunKeysDocument,
  RunsDocument,
} from "@millrace/protocol/agent-api.gen";
import { createAgentToken } from "../agents/agent-token-store.ts";
import { addDynamicPartitions } from "../partitions/dynamic-partition-store.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { createTestContext } from "../testing/test-context.ts";
import { startAgentApi } from "../testing/test-agent-api.ts";
import {
  claimLaunch,
  launchAndDequeue,
  launchInput,
  launchTestRun,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_WORK_EFFECTS,
} from "../testing/test-runs.ts";
import { launchKeyOf } from "../ticks/launched-run-keys.ts";
import { requestTickEvaluation } from "../ticks/tick-evaluation-store.ts";
import { completeWork } from "../work/settle-work.ts";
import { claimWork } from "../work/work-store.ts";

const { db, connectAs } = await startAgentApi();
await serveLocation(db, "shop", SHOP);

/** A sensor that is evaluated just now: what its code speaks with, and how it ends. */
let ticks = 0;
async function startTick(deploymentId = TEST_DEPLOYMENT) {
  const agent = { deploymentId, agentId: "a" };
  const { id } = await requestTickEvaluation(
    createTestContext(db),
    deploymentId,
    "default",
    `tick ${ticks++}`,
    {
      kind: "evaluate_sensor",
      locationName: "shop",
      sensorName: "watch",
      timeoutSeconds: 300,
      cursor: null,
      lastTickAt: null,
      events: { materializations: [], runs: [] },
      eventCursor: null,
    },
  );
  const work = await claimWork(db, { ...agent, queues: ["default"], max: 100 });
  const payload = work.find((item) => item.id === id)?.payload as { tickToken: string } | undefined;
  return {
    client: connectAs(payload?.tickToken ?? ""),
    end: () => completeWork(db, TEST_WORK_EFFECTS, { ...agent, id }, {}),
  };
}

const filter = { tags: [], limit: 100 };

async function runInto(runId: string, ...events: RunEvent[]): Promise<void> {
  await startAttempt(db, { runId, attempt: 1, workerId: "w", place: "1@h", codeDigest: null });
  await appendRunEvents(db, {
    runId,
    attempt: 1,
    firstSequence: 0,
    events: [lifeEvent("RUN_START"), ...events],
  });
}

test("a tick sees dynamic keys, assets, their partitions and the runs of its deployment", async () => {
  await addDynamicPartitions(db, TEST_DEPLOYMENT, "files", ["b.csv", "a.csv"]);
  const { id } = await launchAndDequeue(db, {
    jobName: null,
    assetSelection: ["daily_orders"],
    partitionKey: "mon",
  });
  const made = { assetKey: "daily_orders", partition: "mon", metadata: {}, tags: {}, dataVersion: "v1" };
  await runInto(id, {
    ...made,
    type: "ASSET_MATERIALIZATION",
    stepKey: "daily_orders",
    timestamp: 5,
    message: "",
  });
  const { client } = await startTick();

  expect(await client.send(DynamicPartitionsDocument, { name: "files", after: null })).toEqual({
    dynamicPartitions: { keys: ["b.csv", "a.csv"], cursor: null },
  });
  const places = [{ assetKey: "daily_orders", partition: "mon" }, { assetKey: "orders" }];
  expect(await client.send(AssetStatesDocument, { places })).toMatchObject({
    assetStates: [{ materialization: { dataVersion: "v1", runId: id } }, { materialization: null }],
  });
  const partitions = async (state: "materialized" | "missing") =>
    (await client.send(AssetPartitionsDocument, { assetKey: "daily_orders", state })).assetPartitions.keys;
  expect(await partitions("materialized")).toEqual(["mon"]);
  expect(await partitions("missing")).toEqual(["wed", "tue"]);
  const history = async (about: { kind?: "observation"; partition?: string; limit?: number }) =>
    (
      await client.send(AssetHistoryDocument, {
        filter: { assetKey: "daily_orders", kind: "materialization", limit: 9, ...about },
      })
    ).assetHistory;
  expect(await history({})).toMatchObject([{ runId: id, partition: "mon", dataVersion: "v1", timestamp: 5 }]);
  expect(await history({ partition: "mon" })).toHaveLength(1);
  expect(await history({ partition: "tue" })).toEqual([]);
  expect(await history({ kind: "observation" })).toEqual([]);
  await expect(history({ limit: 1_001 })).rejects.toThrow("`limit` must be between 1 and 1000");
  const found = await client.send(RunsDocument, {
    filter: { ...filter, partitionKey: "mon", statuses: ["STARTED"] },
  });
  expect(found.runs).toMatchObject([
    {
      runId: id,
      status: "STARTED",
      partitionKey: "mon",
      failedSteps: [],
      error: null,
      url: `http://page.test/runs/${id}`,
    },
  ]);
});

test("a run that has failed is told with its steps, its error and its times", async () => {
  const { id } = await launchAndDequeue(db, { tags: { team: "core", "millrace/max_retries": "1" } });
  const error = { name: "Error", message: "no such file", stack: "x".repeat(9_000), cause: null };
  await runInto(id, {
    type: "STEP_FAILURE",
    stepKey: "greet",
    timestamp: 7,
    message: "",
    error,
    metadata: {},
  });
  const { client } = await startTick();
  const isGoingToBeRetried = async () =>
    (await client.send(RunsDocument, { filter: { ...filter, runId: id } })).runs.map((run) => run.willRetry);
  // A hook of the step asks before the run has ended.
  expect(await isGoingToBeRetried()).toEqual([true]);
  const failure: RunEvent = {
    type: "RUN_FAILURE",
    reason: "STEP_FAILURE",
    error: null,
    timestamp: 9_000,
    message: "Steps failed: greet",
  };
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 2, events: [failure] });

  const { runs } = await client.send(RunsDocument, {
    filter: { ...filter, tags: [{ key: "team", value: "core" }] },
  });

  expect(runs).toMatchObject([
    {
      runId: id,
      status: "FAILURE",
      failedSteps: ["greet"],
      error: { message: "no such file" },
      willRetry: true,
      endedAt: new Date(9_000).toISOString(),
    },
  ]);
  expect((runs[0]?.error as { stack: string } | undefined)?.stack).toHaveLength(4_000);
});

test("a tick knows with which run keys its sensor has launched runs", async () => {
  const tick = {
    deploymentId: TEST_DEPLOYMENT,
    locationName: "shop",
    kind: "sensor",
    name: "watch",
    keyName: "watch",
  } as const;
  await launchTestRun(db, TEST_DEPLOYMENT, launchInput(), { key: launchKeyOf(tick, "a.csv") });
  const { client } = await startTick();

  expect(await client.send(LaunchedRunKeysDocument, { keys: ["b.csv", "a.csv"] })).toEqual({
    launchedRunKeys: ["a.csv"],
  });
});

test("the token of a tick reads, and dies with the tick", async () => {
  const { client, end } = await startTick();
  const adding = { runId: "018f0000-0000-7000-8000-000000000001", attempt: 1, name: "files", keys: ["x"] };

  await expect(client.send(AddDynamicPartitionsDocument, adding)).rejects.toMatchObject({
    code: "forbidden",
  });
  await end();
  await expect(client.send(RunsDocument, { filter })).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a tick of another deployment sees nothing of this one", async () => {
  await db.insertInto("deployment").values({ id: "twin", name: "twin" }).execute();
  await addDynamicPartitions(db, TEST_DEPLOYMENT, "secret", ["a"]);
  await launchTestRun(db, TEST_DEPLOYMENT, launchInput());
  const { client } = await startTick("twin");

  expect(await client.send(RunsDocument, { filter })).toEqual({ runs: [] });
  expect(await client.send(DynamicPartitionsDocument, { name: "secret", after: null })).toMatchObject({
    dynamicPartitions: { keys: [] },
  });
  expect(
    await client.send(AssetPartitionsDocument, { assetKey: "daily_orders", state: "missing" }),
  ).toMatchObject({
    assetPartitions: { keys: [] },
  });
});

test("code of a run sees its deployment, until its attempt has ended", async () => {
  const { id } = await launchAndDequeue(db);
  const { runToken } = (await claimLaunch(db, id)) as LaunchRunWork & { readonly runToken: string };
  const client = connectAs(runToken);

  const of = { ...filter, runId: id };
  expect((await client.send(RunsDocument, { filter: of })).runs).toMatchObject([
    { runId: id, url: `http://page.test/runs/${id}` },
  ]);
  await runInto(id, lifeEvent("RUN_SUCCESS"));
  await expect(client.send(RunsDocument, { filter: of })).rejects.toMatchObject({
    code: "attempt_superseded",
  });
});

test("others see the deployment only with the token of a run", async () => {
  const { token } = await createAgentToken({ db, ids: systemIds }, TEST_DEPLOYMENT, "test");

  await expect(connectAs(token).send(RunsDocument, { filter })).rejects.toMatchObject({ code: "forbidden" });
  await expect(connectAs("mrt_x").send(RunsDocument, { filter })).rejects.toMatchObject({
    code: "unauthenticated",
  });
});
