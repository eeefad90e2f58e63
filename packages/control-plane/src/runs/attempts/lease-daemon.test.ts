import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { systemClock } from "@millrace/model/time/clock";
import { tickOnce } from "../../daemons/tick-once.ts";
import { createTestContext } from "../../testing/test-context.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { getTestRun, launchAndDequeue, serveLocation, SHOP } from "../../testing/test-runs.ts";
import { startAttempt } from "./attempt-store.ts";
import { createLeaseDaemon } from "./lease-daemon.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);
let nowMs = 0;
const context = createTestContext(db, { clock: { ...systemClock, monotonic: () => nowMs } });
beforeEach(() => sql`truncate work_item, run cascade`.execute(db));

async function wait(seconds: number): Promise<void> {
  nowMs += seconds * 1000;
  await advance(seconds);
}

async function startRun(): Promise<string> {
  const { id } = await launchAndDequeue(db);
  await startAttempt(db, { runId: id, attempt: 1, workerId: "w7", place: "7@here", codeDigest: null });
  return id;
}

test("time in which nobody was there to hear a worker does not count against it", async () => {
  const duty = { daemon: createLeaseDaemon(), deploymentId: "default" };
  const id = await startRun();

  for (const away of [300, 60]) {
    await wait(away);
    await tickOnce(duty, context, "replica");
    expect((await getTestRun(db, id)).status).not.toBe("FAILURE");
  }

  for (let seconds = 0; seconds < 65; seconds += 5) {
    await wait(5);
    await tickOnce(duty, context, "replica");
  }
  expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_LOST" });
});

test("it asks to be called when the first lease ends, and not later than its interval", async () => {
  const duty = { daemon: createLeaseDaemon(), deploymentId: "default" };
  expect((await tickOnce(duty, context, "replica")).nextInMs).toBe(duty.daemon.intervalMs);
  await startRun();
  await wait(6);
  await tickOnce(duty, context, "replica");
  await wait(6);

  // The worker began 12 seconds ago: in 3 it is out of reach.
  expect((await tickOnce(duty, context, "replica")).nextInMs).toBe(3_000);
});
