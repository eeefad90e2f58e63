import { expect, test } from "vitest";
import { memoryRunInstance, type MemoryRunInstance } from "../../context/memory-run-instance.ts";
import { inProcessExecutor } from "../../executors/executor.ts";
import { op } from "../../graphs/op.ts";
import { job } from "../../jobs/job.ts";
import { RetryRequested } from "../../context/failure.ts";
import { executeJob } from "../../testing/execute.ts";

/** A deployment whose pools have one slot each; `claims` are the steps whose first claim has come in. */
function limitedInstance() {
  const holders = new Map<string, string>();
  const waiting: { pool: string; stepKey: string; grant: (granted: boolean) => void }[] = [];
  const claims: string[] = [];
  const instance: MemoryRunInstance = {
    ...memoryRunInstance(),
    async claimPoolSlot(stepKey, pool, waitMs) {
      if (waitMs === 0) claims.push(stepKey);
      if (!holders.has(pool)) holders.set(pool, stepKey);
      if (holders.get(pool) === stepKey) return true;
      if (waitMs === 0) return false;
      return new Promise((grant) => waiting.push({ pool, stepKey, grant }));
    },
    async freePoolSlot(stepKey) {
      const [pool] = [...holders].find(([, holder]) => holder === stepKey) ?? [];
      if (pool === undefined) throw new Error(`Step ${stepKey} has no slot`);
      holders.delete(pool);
      const index = waiting.findIndex((waiter) => waiter.pool === pool);
      const [next] = index < 0 ? [] : waiting.splice(index, 1);
      if (next !== undefined) {
        holders.set(pool, next.stepKey);
        next.grant(true);
      }
    },
  };
  return { instance, holders, claims };
}

/** Counts how many are in at once. */
function createRoom() {
  let inside = 0;
  let most = 0;
  return {
    most: () => most,
    async visit() {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    },
  };
}

test("steps of a pool wait for their slots, while others use what the run has room for", async () => {
  const room = createRoom();
  const { instance, holders, claims } = limitedInstance();
  const pooled = op("pooled", { pool: "db" }, () => room.visit());
  const free = op("free", () => {});

  const result = await executeJob(
    job("mixed", { executor: inProcessExecutor({ maxConcurrent: 2 }) }, () => {
      for (let index = 0; index < 4; index++) pooled();
      free();
    }),
    { instance },
  );

  expect(room.most()).toBe(1);
  expect(holders.size).toBe(0);
  expect(claims).toHaveLength(4);
  const order = result.events.flatMap((event) =>
    event.type === "STEP_SUCCESS" || event.type === "ENGINE_EVENT" ? [event.stepKey] : [],
  );
  // The second one waits in line, those behind it have not asked yet: the run could not use their slots.
  expect(order.slice(0, 2)).toEqual(["pooled_2", "free"]);
});

test("a step that is tried again gives its slot back and claims it anew", async () => {
  const { instance, holders, claims } = limitedInstance();
  let tries = 0;
  const flaky = op("flaky", { pool: "db" }, () => {
    if (++tries < 3) throw new RetryRequested("not yet", { maxRetries: 2 });
  });

  await executeJob(
    job("again", () => void flaky()),
    { instance },
  );

  expect(claims).toEqual(["flaky", "flaky", "flaky"]);
  expect(holders.size).toBe(0);
});

test("a run that is interrupted while a step waits for its slot ends", async () => {
  const controller = new AbortController();
  const { instance, holders } = limitedInstance();
  holders.set("db", "a step of another run");
  const pooled = op("pooled", { pool: "db" }, () => {});
  const first = op("first", () => controller.abort());

  const result = await executeJob(
    job("waits", () => {
      pooled();
      first();
    }),
    { instance, signal: controller.signal, throwOnFailure: false },
  );

  expect(result.events.at(-1)?.type).toBe("RUN_CANCELED");
});
