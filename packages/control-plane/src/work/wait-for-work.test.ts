import { systemClock } from "@millrace/model/time/clock";
import { expect, test, vi } from "vitest";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { waitForWork } from "./wait-for-work.ts";

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
