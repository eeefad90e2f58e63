import { systemClock } from "@millrace/model/time/clock";
import type { Work } from "@millrace/model/runs/work-item";
import { expect, test, vi } from "vitest";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { enqueueWork } from "./enqueue-work.ts";
import { waitForWork } from "./wait-for-work.ts";
import { claimWork } from "./work-store.ts";

const { db } = await createTestDatabase();
const context = createTestContext(db, { clock: systemClock });

test("a request that is held is given work in this replica, and goes on waiting where that comes to nothing", async () => {
  const claim = { deploymentId: "default", agentId: "a", queues: ["default"], max: 10 };
  const held = waitForWork(context, claim, { waitMs: 60_000, signal: new AbortController().signal });
  const item = { id: "given", kind: "launch_run", payload: {}, deliveries: 1 };
  for (const isDone of [false, true]) {
    using handOver = context.claims.handOver();
    await vi.waitUntil(() => handOver.take("default", "default") !== null);
    handOver.put(item);
    if (isDone) handOver.give();
  }

  expect(await held).toEqual([item]);
});

test("an agent takes many ticks at once, of other work no more than it asks for", async () => {
  const schedule = { kind: "evaluate_schedule", locationName: "shop", scheduleName: "hourly" } as const;
  const tick: Work = { ...schedule, scheduledAt: "2025-01-01T00:00:00Z", lastTickAt: null };
  const terminate: Work = { kind: "terminate_run", runId: "run", attempt: 1, graceSeconds: 1 };
  const enqueue = (key: string, work: Work) =>
    enqueueWork(db, { deploymentId: "default", queue: "default", key, work, withinSeconds: 60 });
  const claim = async () => {
    const limits = { max: 2, maxTicks: 4 };
    const items = await claimWork(db, {
      deploymentId: "default",
      agentId: "a",
      queues: ["default"],
      ...limits,
    });
    return items.map(({ kind }) => kind);
  };
  for (const key of ["a", "b", "c", "d", "e"]) await enqueue(key, tick);
  expect(await claim()).toEqual(Array.from({ length: 4 }, () => "evaluate_schedule"));
  for (const key of ["f", "g"]) await enqueue(key, terminate);
  await enqueue("h", tick);
  expect(await claim()).toEqual(["evaluate_schedule", "terminate_run"]);
  expect(await claim()).toEqual(["terminate_run", "evaluate_schedule"]);
});
