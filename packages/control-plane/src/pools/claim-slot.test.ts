import { sql } from "kysely";
import { afterAll, describe, expect, test } from "vitest";
import { systemClock } from "@millrace/model/time/clock";
import { tickOnce } from "../daemons/tick-once.ts";
import { coordinatorDaemon } from "../run-queue/coordinator-daemon.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { dequeueRuns } from "../run-queue/dequeue-runs.ts";
import {
  getTestRun,
  launchAndDequeue,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
} from "../testing/test-runs.ts";
import { createWakeBus } from "../wake/wake-bus.ts";
import { claimSlot, freeSlot, grantFreeSlots } from "./claim-slot.ts";
import type { SlotRequest } from "./slot-store.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);
const bus = createWakeBus(systemClock);
afterAll(() => bus.end());
const context = createTestContext(db, { bus });
const signal = new AbortController().signal;

async function setLimit(pool: string, limit: number): Promise<void> {
  await db
    .insertInto("pool")
    .values({ deployment_id: TEST_DEPLOYMENT, name: pool, slot_limit: limit })
    .onConflict((conflict) => conflict.columns(["deployment_id", "name"]).doUpdateSet({ slot_limit: limit }))
    .execute();
}

/** A step of a run of its own that is under way. */
async function startStep(pool: string, priority = 0): Promise<SlotRequest> {
  const { id: runId } = await launchAndDequeue(db);
  await db.updateTable("run").set({ priority }).where("id", "=", runId).execute();
  return { deploymentId: TEST_DEPLOYMENT, runId, attempt: 1, stepKey: "greet", pool };
}

const statusOf = async (id: string) => (await getTestRun(db, id)).status;
const claim = (request: SlotRequest, waitMs = 0) => claimSlot(context, request, { waitMs, signal });

async function endAttempt({ runId }: SlotRequest, state: "ended" | "lost"): Promise<void> {
  await db.updateTable("run_attempt").set({ state }).where("run_id", "=", runId).execute();
}

describe("slots of a pool", () => {
  test("are given to as many as there are, then by priority and to the run that was launched first", async () => {
    await setLimit("db", 1);
    const first = await startStep("db");
    const others = [await startStep("db"), await startStep("db", 5), await startStep("db")];

    expect(await claim(first)).toBe(true);
    for (const other of others) expect(await claim(other)).toBe(false);

    const order: number[] = [];
    for (let holder = first; order.length < 3;) {
      await freeSlot(db, holder);
      const granted = await Promise.all(others.map((other) => isHolder(other)));
      const next = granted.findIndex((holds, index) => holds && !order.includes(index));
      order.push(next);
      holder = others[next] ?? first;
    }
    expect(order).toEqual([1, 0, 2]);
  });

  test("are not taken for ever by steps of later runs, before a run that waits for one in the queue", async () => {
    await setLimit("line", 1);
    const steps = [{ key: "greet", kind: "op", pool: "line" }];
    await serveLocation(db, "pooled", { jobs: [{ name: "load", steps }] });
    const holder = await startStep("line");
    expect(await claim(holder)).toBe(true);
    const load = { jobName: "load", locationName: "pooled" };
    const [queued, behind] = [await launchAndDequeue(db, load), await launchAndDequeue(db, load)];
    expect(await statusOf(queued.id)).toBe("QUEUED");
    const later = await startStep("line");
    expect(await claim(later)).toBe(false);

    await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
    expect(await statusOf(queued.id)).toBe("STARTING");
    const first = { ...later, runId: queued.id };
    expect(await claim(first)).toBe(false);
    await db.updateTable("run").set({ status: "STARTED" }).where("id", "=", queued.id).execute();
    await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
    expect(await statusOf(behind.id)).toBe("QUEUED");
    await freeSlot(db, holder);

    expect(await isHolder(first)).toBe(true);
    expect(await isHolder(later)).toBe(false);
  });

  test("are never more than the limit, however many ask at once", async () => {
    await setLimit("crowd", 3);
    const steps = await Promise.all(Array.from({ length: 12 }, () => startStep("crowd")));

    const granted = await Promise.all(steps.map((step) => claim(step)));

    expect(granted.filter(Boolean)).toHaveLength(3);
    expect(await claim(steps[granted.indexOf(true)] ?? steps[0]!)).toBe(true);
  });

  test.each(["ended", "lost"] as const)("are free when the attempt that has one is %s", async (state) => {
    const pool = `of-${state}`;
    await setLimit(pool, 1);
    const [holder, waiting] = [await startStep(pool), await startStep(pool)];
    await claim(holder);
    await claim(waiting);

    await endAttempt(holder, state);
    await tickOnce({ daemon: coordinatorDaemon, deploymentId: TEST_DEPLOYMENT }, context, "replica");

    expect(await isHolder(waiting)).toBe(true);
  });

  test("do not wait for steps that wait no more", async () => {
    await setLimit("left", 1);
    const [holder, gone, waiting] = [
      await startStep("left"),
      await startStep("left"),
      await startStep("left"),
    ];
    for (const step of [holder, gone, waiting]) await claim(step);

    await endAttempt(gone, "lost");
    await freeSlot(db, holder);

    expect(await isHolder(gone)).toBe(false);
    expect(await isHolder(waiting)).toBe(true);
  });

  test("are as many as asked for without a limit, and where the limit counts runs", async () => {
    const settings = (granularity: string) =>
      sql`update deployment set settings = ${JSON.stringify({ pool_granularity: granularity })}::jsonb`.execute(
        db,
      );
    await setLimit("counted", 0);

    expect(await claim(await startStep("nobody's"))).toBe(true);
    const step = await startStep("counted");
    expect(await claim(step)).toBe(false);
    await settings("run");
    expect(await claim(step)).toBe(true);
    await settings("op");
  });

  test("are told of to a request that is held, in the moment in which they are given", async () => {
    await setLimit("held", 1);
    const [holder, waiting] = [await startStep("held"), await startStep("held")];
    await claim(holder);

    const held = claim(waiting, 60_000);
    await expect.poll(() => isAsking(waiting)).toBe(true);
    await freeSlot(db, holder);
    // What the database tells the replicas.
    bus.wakeAll();

    expect(await held).toBe(true);
  });

  test("a raised limit gives slots to those who wait", async () => {
    await setLimit("raised", 0);
    const step = await startStep("raised");
    await claim(step);

    await setLimit("raised", 1);
    await grantFreeSlots(db, TEST_DEPLOYMENT);

    expect(await isHolder(step)).toBe(true);
  });

  test("one step has a slot of one pool at a time", async () => {
    const step = await startStep("one");
    await claim(step);

    await expect(claim({ ...step, pool: "two" })).rejects.toThrow(/must free that/);
  });
});

function isAsking({ runId, stepKey }: SlotRequest): Promise<boolean> {
  return find(runId, stepKey).then((row) => row !== undefined);
}

function isHolder({ runId, stepKey }: SlotRequest): Promise<boolean> {
  return find(runId, stepKey).then((row) => row?.granted_at != null);
}

function find(runId: string, stepKey: string) {
  return db
    .selectFrom("pool_slot")
    .select("granted_at")
    .where("run_id", "=", runId)
    .where("step_key", "=", stepKey)
    .executeTakeFirst();
}
