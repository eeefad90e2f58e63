import { expect, test } from "vitest";
import { completeWork } from "../work/settle-work.ts";
import { claimWork } from "../work/work-store.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { launchAndDequeue, lifeEvent, TEST_DEPLOYMENT, TEST_WORK_EFFECTS } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";

const { db, ask, askFor } = await startUserApi();

const EVALUATE = `mutation ($cursor: String) { evaluateSensor(locationName: "shop", name: "on_orders", eventCursor: $cursor) { id eventCursor } }`;

/** Evaluates the sensor as an agent would: what it is told of, and how far it has seen then. */
async function evaluate(cursor: string | null): Promise<{ told: unknown; eventCursor: string }> {
  const { evaluateSensor } = (await askFor(EVALUATE, { cursor })) as {
    evaluateSensor: { id: string; eventCursor: string };
  };
  const { id, eventCursor } = evaluateSensor;
  const input = { deploymentId: TEST_DEPLOYMENT, agentId: "a", queues: ["default"], max: 100 };
  const work = (await claimWork(db, input)).find((item) => item.id === id);
  await completeWork(
    db,
    TEST_WORK_EFFECTS,
    { deploymentId: TEST_DEPLOYMENT, agentId: "a", id: id },
    { skipReason: "seen" },
  );
  const outcome = await askFor(`query ($id: ID!) { tickEvaluation(id: $id) { state result eventCursor } }`, {
    id,
  });
  expect(outcome).toEqual({
    tickEvaluation: { state: "done", result: expect.objectContaining({ skipReason: "seen" }), eventCursor },
  });
  return { told: work?.payload, eventCursor };
}

test("a sensor on an asset is evaluated by hand with what has happened after an earlier evaluation", async () => {
  const { sensors } = await askFor(`{ sensors { name watch } }`);
  expect(sensors).toEqual([
    { name: "watch", watch: null },
    { name: "on_orders", watch: { kind: "assets", assets: ["orders"], when: "any" } },
  ]);
  const before = await evaluate(null);
  const { id } = await launchAndDequeue(db);
  await startAttempt(db, { runId: id, attempt: 1, workerId: "w7", place: "7@host", codeDigest: null });
  const materialization = {
    type: "ASSET_MATERIALIZATION",
    timestamp: 5,
    message: "",
    stepKey: "orders",
    assetKey: "orders",
    partition: null,
    metadata: {},
    tags: {},
    dataVersion: null,
  };
  const events = [lifeEvent("RUN_START"), materialization];
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events });

  const after = await evaluate(before.eventCursor);

  expect(before.told).toMatchObject({ events: { materializations: [], runs: [] } });
  expect(after.told).toMatchObject({ events: { materializations: [{ assetKey: "orders", runId: id }] } });
  expect(await evaluate(after.eventCursor)).toMatchObject({ told: { events: { materializations: [] } } });
});

test("a cursor of events that no evaluation has answered is refused", async () => {
  const { errors } = await ask(EVALUATE, { cursor: "yesterday" });

  expect(errors).toMatchObject([
    {
      message: expect.stringContaining("`eventCursor` must be"),
      extensions: { code: "invalid_event_cursor" },
    },
  ]);
});

const REPORTED = {
  kind: "materialization",
  assetKey: "raw/orders",
  metadata: { rows: { type: "int", value: 4 } },
  dataVersion: "v7",
};
const SHOW = `{ asset(key: "raw/orders") { materializationCount latestMaterialization { reportedBy dataVersion } } }`;

/** Settles an evaluation as an agent would, which was claimed. */
async function settle(id: string, result: object): Promise<void> {
  const agent = { deploymentId: TEST_DEPLOYMENT, agentId: "a" };
  await claimWork(db, { ...agent, queues: ["default"], max: 100 });
  expect(await completeWork(db, TEST_WORK_EFFECTS, { ...agent, id }, result)).toBe(true);
}

test("what a test evaluation would report of assets is shown and changes nothing; what could not be is said", async () => {
  const ask = async (result: object) => {
    const { evaluateSensor } = (await askFor(EVALUATE, { cursor: null })) as {
      evaluateSensor: { id: string };
    };
    await settle(evaluateSensor.id, result);
    const query = `query ($id: ID!) { tickEvaluation(id: $id) { state result error } }`;
    return (await askFor(query, { id: evaluateSensor.id }))["tickEvaluation"];
  };

  expect(await ask({ assetEvents: [REPORTED] })).toMatchObject({
    state: "done",
    result: { assetEvents: [{ assetKey: "raw/orders", dataVersion: "v7" }] },
  });
  expect(await ask({ assetEvents: [REPORTED, { ...REPORTED, assetKey: "nowhere" }] })).toMatchObject({
    state: "failed",
    error: {
      message: expect.stringContaining('What it reports of assets: No code location defines asset "nowhere"'),
    },
  });
  expect(await askFor(SHOW)).toEqual({ asset: { materializationCount: 0, latestMaterialization: null } });
});
