import { TEST_AGENT, TEST_WORK_EFFECTS } from "../testing/test-runs.ts";
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { NO_SENSED_EVENTS } from "@millrace/model/sensed-events";
import type { Work } from "@millrace/model/runs/work-item";
import { listAgents, registerAgent, unregisterAgent } from "../agents/agent-store.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createAgentToken, revokeAgentToken } from "../agents/agent-token-store.ts";
import type { Trx } from "../database/connect.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { createWakeListener } from "../wake/wake-listener.ts";
import { enqueueWork } from "./enqueue-work.ts";
import { MAX_DELIVERIES, reapWork, renewWorkLeases } from "./reap-work.ts";
import { completeWork, failWork, redeliveryDelaySeconds, retryWork, type HeldItem } from "./settle-work.ts";
import type { WorkEffects } from "./work-effects.ts";
import { waitForWork } from "./wait-for-work.ts";
import type { ClaimInput } from "../claims/claim.ts";
import { claimWork, extendLeases, findWorkItem, releaseWork } from "./work-store.ts";

const { db, url } = await createTestDatabase();
const bus = createWakeListener(url, createTestContext(db));
const context = createTestContext(db, { bus });
const deploymentId = "default";
async function createToken(): Promise<{ deploymentId: string; tokenId: string }> {
  const { agentToken } = await createAgentToken(context, deploymentId, "test");
  return { deploymentId, tokenId: agentToken.id };
}
const tick: Work = {
  kind: "evaluate_sensor",
  locationName: "flights",
  sensorName: "files",
  timeoutSeconds: 300,
  cursor: null,
  lastTickAt: null,
  events: NO_SENSED_EVENTS,
  eventCursor: null,
};

beforeAll(() => sql`create table outcome (id uuid primary key, outcome text)`.execute(db));
beforeAll(() => vi.waitUntil(() => bus.isListening(), { timeout: 20_000 }));
afterAll(() => bus.close());
beforeEach(() => sql`truncate work_item, agent`.execute(db));

function enqueue(
  key: string,
  options: { priority?: number; queue?: string; withinSeconds?: number } = {},
): Promise<string> {
  return enqueueWork(db, {
    deploymentId,
    queue: "default",
    key,
    work: tick,
    withinSeconds: 3_600,
    ...options,
  });
}

const past = { withinSeconds: -0.001 };

/** Effects that say in a table of the test what they were told. */
const effects: WorkEffects = {
  ...TEST_WORK_EFFECTS,
  evaluate_sensor: {
    parseResult: TEST_WORK_EFFECTS.evaluate_sensor.parseResult,
    onDone: (trx, { id }, { skipReason }) => note(trx, id, `done: ${skipReason}`),
    onLost: (trx, { id }, { message }) => note(trx, id, `lost: ${message}`),
  },
};

async function note(trx: Trx, id: string, outcome: string): Promise<void> {
  await sql`insert into outcome values (${id}, ${outcome})`.execute(trx);
}

async function readOutcome(id: string): Promise<{ state: string; outcome: string | null } | undefined> {
  const { rows } = await sql<{ state: string; outcome: string | null }>`
    select w.state, o.outcome from work_item w left join outcome o on o.id = w.id where w.id = ${id}`.execute(
    db,
  );
  return rows[0];
}

const heldBy = (agentId: string, id: string): HeldItem => ({ deploymentId, agentId, id });

function askFor(agentId: string, options: Partial<ClaimInput> = {}): ClaimInput {
  return { deploymentId, agentId, queues: ["default"], max: 10, ...options };
}

async function endLeases(): Promise<void> {
  await sql`update work_item set lease_until = now() - interval '1 ms' where state = 'claimed'`.execute(db);
}

test("the same key is the same item", async () => {
  expect(await enqueue("once")).toBe(await enqueue("once"));
  expect(await claimWork(db, askFor("a"))).toHaveLength(1);
});

test("agents that ask at once never get the same item, and together get all", async () => {
  const ids = await Promise.all(Array.from({ length: 60 }, (_, index) => enqueue(`item ${index}`)));

  const claims = await Promise.all(
    ["a", "b", "c", "d", "e", "f"].map((agent) => claimWork(db, askFor(agent))),
  );

  const claimed = claims.flat().map(({ id }) => id);
  expect(claims.every((items) => items.length <= 10)).toBe(true);
  expect(new Set(claimed).size).toBe(claimed.length);
  const rest = await Promise.all(["a", "b", "c", "d", "e", "f"].map((agent) => claimWork(db, askFor(agent))));
  expect([...claimed, ...rest.flat().map(({ id }) => id)].sort()).toEqual(ids.sort());
});

test("the most urgent goes first, then the oldest, and only from the agent's queues", async () => {
  const [second, , first] = [
    await enqueue("old"),
    await enqueue("elsewhere", { queue: "gpu" }),
    await enqueue("urgent", { priority: 5 }),
  ];

  const items = await claimWork(db, askFor("a"));

  expect(items.map(({ id }) => id)).toEqual([first, second]);
});

test("a request that is held gets the item that is left meanwhile", async () => {
  const held = waitForWork(context, askFor("a"), { waitMs: 60_000, signal: new AbortController().signal });

  const id = await enqueue("later");

  expect((await held).map((item) => item.id)).toEqual([id]);
});

test("of two requests that are held, one gets the item and the other goes on waiting", async () => {
  const stop = new AbortController();
  const held = ["a", "b"].map((agent) =>
    waitForWork(context, askFor(agent), { waitMs: 60_000, signal: stop.signal }),
  );

  await enqueue("one");
  const first = await Promise.race(held);
  stop.abort();

  expect(first).toHaveLength(1);
  expect((await Promise.all(held)).flat()).toHaveLength(1);
});

test("a request that finds nothing ends after its time, with nothing", async () => {
  expect(
    await waitForWork(context, askFor("a"), { waitMs: 20, signal: new AbortController().signal }),
  ).toEqual([]);
});

test("an item whose lease has ended is delivered again, and the agent that lost it can't finish it", async () => {
  const id = await enqueue("lost");
  await claimWork(db, askFor("a"));
  await endLeases();

  await reapWork(db, effects, deploymentId);

  expect(await claimWork(db, askFor("b"))).toMatchObject([{ id, deliveries: 2 }]);
  expect(await completeWork(db, effects, heldBy("a", id), {})).toBe(false);
  expect(await completeWork(db, effects, heldBy("b", id), { skipReason: "first" })).toBe(true);
  expect(await completeWork(db, effects, heldBy("b", id), { skipReason: "again" })).toBe(true);
  expect(await readOutcome(id)).toEqual({ state: "done", outcome: "done: first" });
});

test("an effect that fails leaves the item as it was, and so does an item its effect: both happen, once, or neither", async () => {
  const id = await enqueue("one");
  await claimWork(db, askFor("a"));
  const failing: WorkEffects = {
    ...effects,
    evaluate_sensor: {
      ...effects.evaluate_sensor,
      async onDone(trx, item, result) {
        await effects.evaluate_sensor.onDone(trx, item, result);
        throw new Error("the disk is full");
      },
    },
  };

  await expect(completeWork(db, failing, heldBy("a", id), {})).rejects.toThrow("the disk is full");

  expect(await readOutcome(id)).toEqual({ state: "claimed", outcome: null });
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => completeWork(db, effects, heldBy("a", id), { skipReason: "x" })),
  );
  expect(answers).toEqual([true, true, true, true, true]);
  expect(await readOutcome(id)).toEqual({ state: "done", outcome: "done: x" });
});

test("an answer that can't be read gives the item up and says so", async () => {
  const id = await enqueue("gibberish");
  await claimWork(db, askFor("a"));

  expect(await completeWork(db, effects, heldBy("a", id), { cursor: 7 })).toBe(true);

  const message = "The agent's answer can't be read: `cursor` must be a text or null";
  expect(await readOutcome(id)).toEqual({ state: "failed", outcome: `lost: ${message}` });
});

test("an item whose effect can't be had is tried again, and keeps none of the others waiting", async () => {
  const ids = [await enqueue("stuck", past), await enqueue("free", past)];
  const failing: WorkEffects = {
    ...effects,
    evaluate_sensor: {
      ...effects.evaluate_sensor,
      onLost: (trx, item, loss) =>
        item.id === ids[0]
          ? Promise.reject(new Error("stuck"))
          : effects.evaluate_sensor.onLost(trx, item, loss),
    },
  };

  await expect(reapWork(db, failing, deploymentId)).rejects.toThrow("stuck");

  expect(await Promise.all(ids.map(readOutcome))).toMatchObject([{ state: "pending" }, { state: "failed" }]);
  await reapWork(db, effects, deploymentId);
  expect(await Promise.all(ids.map(readOutcome))).toMatchObject([{ state: "failed" }, { state: "failed" }]);
});

test("an item that silences every agent fails alone after five deliveries", async () => {
  const poisonous = await enqueue("poisonous", { priority: 1 });
  for (let delivery = 1; delivery <= MAX_DELIVERIES; delivery++) {
    await claimWork(db, askFor(`agent-${delivery}`, { max: 1 }));
    await endLeases();
    await reapWork(db, effects, deploymentId);
  }
  const harmless = await enqueue("harmless");

  expect((await claimWork(db, askFor("b"))).map(({ id }) => id)).toEqual([harmless]);
  expect(await findWorkItem(db, deploymentId, poisonous)).toMatchObject({
    state: "failed",
    error: { message: "Given up after 5 deliveries: no agent finished it or said why; the last was agent-5" },
  });
});

test("a lease is extended only for who holds it", async () => {
  const id = await enqueue("held");
  await claimWork(db, askFor("a"));
  await sql`update work_item set lease_until = now() + interval '1 second'`.execute(db);

  expect(await extendLeases(db, deploymentId, "b", [id, randomUUID()])).toEqual([]);
  expect(await extendLeases(db, deploymentId, "a", [id, randomUUID()])).toEqual([id]);

  const { rows } = await sql<{
    long: boolean;
  }>`select lease_until > now() + interval '10 s' as long from work_item`.execute(db);
  expect(rows).toEqual([{ long: true }]);
});

test("an item put back for a passing reason comes again after a delay, by itself", async () => {
  const id = await enqueue("busy");
  await claimWork(db, askFor("a"));
  expect(await retryWork(db, effects, heldBy("a", id), { message: "no room" })).toBe(true);
  expect(await claimWork(db, askFor("a"))).toEqual([]);
  await sql`update work_item set available_at = now() + interval '30 ms'`.execute(db);

  const items = await waitForWork(context, askFor("a"), {
    waitMs: 60_000,
    signal: new AbortController().signal,
  });

  expect(items).toMatchObject([{ id, deliveries: 2 }]);
});

test("delays grow to 15 seconds", () => {
  expect([1, 2, 3, 4, 5, 50].map(redeliveryDelaySeconds)).toEqual([1, 2, 4, 8, 15, 15]);
});

test("an item that nobody took until its deadline fails and says whom it waited for", async () => {
  const never = await enqueue("never", { queue: "gpu", withinSeconds: -0.001 });
  await registerAgent(db, await createToken(), {
    agentId: "a",
    name: "a",
    kind: "process",
    version: "1",
    hostname: "h",
    queues: ["cpu"],
  });
  await sql`update agent set last_heartbeat_at = '2026-01-02 03:04:05Z'`.execute(db);
  const lately = await enqueue("lately", { queue: "cpu", withinSeconds: -0.001 });

  await reapWork(db, effects, deploymentId);

  expect(await findWorkItem(db, deploymentId, never)).toMatchObject({
    state: "failed",
    error: {
      message: 'No agent has ever served queue "gpu": start one with `millrace agent run --queue gpu`',
    },
  });
  expect(await findWorkItem(db, deploymentId, lately)).toMatchObject({
    error: { message: 'No agent for queue "cpu" has asked for work since 2026-01-02T03:04:05.000Z' },
  });
});

test("an item that could not be done until its deadline says what was in the way", async () => {
  const id = await enqueue("blocked");
  await claimWork(db, askFor("a"));
  await retryWork(db, effects, heldBy("a", id), { message: "code location flights has not loaded" });
  await sql`update work_item set deadline = now() - interval '1 ms'`.execute(db);

  await reapWork(db, effects, deploymentId);

  expect(await findWorkItem(db, deploymentId, id)).toMatchObject({
    error: {
      message:
        "Not done by its deadline after 1 deliveries; the last said: code location flights has not loaded",
    },
  });
});

test("an item that its agent calls impossible fails at once", async () => {
  const id = await enqueue("impossible");
  await claimWork(db, askFor("a"));
  const loss = { message: "There is no sensor files", error: { message: "There is no sensor files" } };

  expect(await failWork(db, effects, heldBy("b", id), loss)).toBe(false);
  expect(await failWork(db, effects, heldBy("a", id), loss)).toBe(true);

  expect(await readOutcome(id)).toEqual({ state: "failed", outcome: "lost: There is no sensor files" });
  expect(await findWorkItem(db, deploymentId, id)).toMatchObject({
    state: "failed",
    error: { message: "There is no sensor files" },
  });
});

test("work that an answer never brought to its agent goes back uncounted", async () => {
  const id = await enqueue("undelivered");
  await claimWork(db, askFor("a"));

  await releaseWork(db, deploymentId, "a", [id]);

  expect(await claimWork(db, askFor("b"))).toMatchObject([{ id, deliveries: 1 }]);
});

test("an agent that hangs up while its request is held takes nothing along", async () => {
  const hangUp = new AbortController();
  const held = waitForWork(context, askFor("gone"), { waitMs: 60_000, signal: hangUp.signal });
  hangUp.abort();

  const id = await enqueue("later");

  expect(await held).toEqual([]);
  expect(await claimWork(db, askFor("b"))).toMatchObject([{ id, deliveries: 1 }]);
});

test("a token that was revoked claims nothing, not even for a request that was held before", async () => {
  const { tokenId } = await createToken();
  const said = { name: "spy", kind: "process", version: "1", hostname: "h", queues: ["default"] };
  await registerAgent(db, { deploymentId, tokenId }, { ...said, agentId: "spy" });
  const spy = { ...askFor("spy"), tokenId };
  const held = waitForWork(context, spy, { waitMs: 60_000, signal: new AbortController().signal });
  const outcome = held.catch((error: unknown) => error);

  await revokeAgentToken(db, deploymentId, tokenId);
  const id = await enqueue("later");

  expect(await outcome).toMatchObject({ code: "unauthenticated" });
  expect(await claimWork(db, spy)).toEqual([]);
  expect(await claimWork(db, askFor("honest"))).toMatchObject([{ id }]);
});

test("what an agent has claimed goes to others as soon as it leaves in order", async () => {
  await registerAgent(db, await createToken(), TEST_AGENT);
  const id = await enqueue("left");
  await claimWork(db, askFor("a"));
  const held = waitForWork(context, askFor("b"), { waitMs: 60_000, signal: new AbortController().signal });

  expect(await unregisterAgent(db, deploymentId, "a")).toBe(true);

  expect(await held).toMatchObject([{ id }]);
  expect(await listAgents(db, deploymentId)).toMatchObject([{ id: "a", stoppedAt: expect.any(Date) }]);
});

test("after the control plane was away, leases begin anew", async () => {
  await enqueue("held");
  await claimWork(db, askFor("a"));
  await endLeases();

  await renewWorkLeases(db, deploymentId);
  await reapWork(db, effects, deploymentId);

  expect(await claimWork(db, askFor("b"))).toEqual([]);
});
