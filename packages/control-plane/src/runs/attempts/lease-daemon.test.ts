import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { tickOnce } from "../../daemons/tick-once.ts";
import { createTestContext } from "../../testing/test-context.ts";
import { createSimulatedDatabase } from "../../testing/test-database.ts";
import { getTestRun, launchAndDequeue, serveLocation, SHOP } from "../../testing/test-runs.ts";
import { startAttempt } from "./attempt-store.ts";
import { leaseDaemon } from "./lease-daemon.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);
const context = createTestContext(db);
beforeEach(() => sql`truncate work_item, run cascade`.execute(db));

async function startRun(): Promise<string> {
  const { id } = await launchAndDequeue(db);
  await startAttempt(db, { runId: id, attempt: 1, workerId: "w7", place: "7@here", codeDigest: null });
  return id;
}

const duty = { daemon: leaseDaemon, deploymentId: "default" };

test("time in which nobody was there to hear a worker does not count against it", async () => {
  const id = await startRun();

  for (const away of [300, 60]) {
    await advance(away);
    await tickOnce(duty, context, "replica", true);
    expect((await getTestRun(db, id)).status).not.toBe("FAILURE");
  }

  await advance(61);
  await tickOnce(duty, context, "replica");
  expect(await getTestRun(db, id)).toMatchObject({ status: "FAILURE", failureReason: "WORKER_LOST" });
});

test("a worker is due when it is out of reach, and then when its lease ends", async () => {
  expect(await readDue()).toEqual([]);
  await startRun();
  expect(await readDue()).toEqual([{ deployment_id: "default", seconds: 15 }]);
  await advance(16);
  await tickOnce(duty, context, "replica");
  expect(await readDue()).toEqual([{ deployment_id: "default", seconds: 44 }]);
});

async function readDue(): Promise<unknown[]> {
  const { rows } = await sql`select deployment_id, extract(epoch from due - now())::float8 as seconds
    from (${leaseDaemon.dues}) dues`.execute(db);
  return rows;
}
