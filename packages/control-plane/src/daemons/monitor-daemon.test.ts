import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { NO_SENSED_EVENTS } from "@millrace/model/sensed-events";
import { systemClock } from "@millrace/model/time/clock";
import { createTestContext } from "../testing/test-context.ts";
import { testRunTarget } from "@millrace/model/runs/test-run-target";
import { createTestDatabase } from "../testing/test-database.ts";
import { enqueueWork } from "../work/enqueue-work.ts";
import { claimWork, findWorkItem } from "../work/work-store.ts";
import { createMonitorDaemon } from "./monitor-daemon.ts";

const { db } = await createTestDatabase();
let nowMs = 0;
const context = createTestContext(db, { clock: { ...systemClock, monotonic: () => nowMs } });
beforeEach(() => sql`truncate work_item, run cascade`.execute(db));

async function startRun(): Promise<string> {
  const id = randomUUID();
  await sql`insert into run (id, deployment_id, location_name, job_name, status, attempt) values (${id}, 'default', 'flights', 'daily', 'STARTED', 1)`.execute(
    db,
  );
  await sql`insert into run_attempt (run_id, attempt, deployment_id, token_hash, state, lease_until, worker)
    values (${id}, 1, 'default', sha256(${id}::bytea), 'running', now() - interval '1 second', '{"workerId": "w7", "place": "7@here"}')`.execute(
    db,
  );
  return id;
}

async function readStatus(runId: string): Promise<unknown> {
  return db.selectFrom("run").select(["status", "failure_reason"]).where("id", "=", runId).executeTakeFirst();
}

test("time in which nobody was there to hear a worker does not count against it", async () => {
  const run = await startRun();
  const monitor = createMonitorDaemon();

  await monitor.tick(context);
  expect(await readStatus(run)).toEqual({ status: "STARTED", failure_reason: null });

  await sql`update run_attempt set lease_until = now() - interval '1 second'`.execute(db);
  nowMs += 60_000;
  await monitor.tick(context);
  expect(await readStatus(run)).toEqual({ status: "STARTED", failure_reason: null });

  await sql`update run_attempt set lease_until = now() - interval '1 second'`.execute(db);
  nowMs += 5_000;
  await monitor.tick(context);
  expect(await readStatus(run)).toEqual({ status: "FAILURE", failure_reason: "WORKER_LOST" });
});

test("work whose agent went silent is delivered again", async () => {
  const monitor = createMonitorDaemon();
  await monitor.tick(context);
  const work = {
    kind: "evaluate_sensor",
    locationName: "flights",
    sensorName: "files",
    cursor: null,
    events: NO_SENSED_EVENTS,
    eventCursor: null,
  } as const;
  const id = await enqueueWork(db, {
    deploymentId: "default",
    queue: "default",
    key: "one",
    work,
    withinSeconds: 60,
  });
  await claimWork(db, { deploymentId: "default", agentId: "a", queues: ["default"], max: 1 });
  await sql`update work_item set lease_until = now() - interval '1 ms'`.execute(db);

  await monitor.tick(context);

  expect(await findWorkItem(db, "default", id)).toMatchObject({ state: "pending" });
});

test("a launch that no agent took until its deadline fails its run, and says so", async () => {
  const monitor = createMonitorDaemon();
  await monitor.tick(context);
  const runId = await startRun();
  await sql`update run set status = 'STARTING'`.execute(db);
  await sql`update run_attempt set state = 'assigned', lease_until = now() + interval '1 hour'`.execute(db);
  const work = {
    kind: "launch_run",
    ...testRunTarget({ jobName: "daily" }),
    runId,
    attempt: 1,
    runToken: "mrr_secret",
    locationName: "flights",
    history: null,
  } as const;
  const id = await enqueueWork(db, {
    deploymentId: "default",
    queue: "gpu",
    key: "launch",
    work,
    withinSeconds: -0.001,
  });

  await monitor.tick(context);

  expect(await readStatus(runId)).toEqual({ status: "FAILURE", failure_reason: "LAUNCH_FAILURE" });
  const run = await db.selectFrom("run").select("failure_message").executeTakeFirst();
  expect(run?.failure_message).toMatch(/No agent has ever served queue "gpu"/);
  const item = await db.selectFrom("work_item").select("payload").where("id", "=", id).executeTakeFirst();
  expect(JSON.stringify(item?.payload)).not.toContain("mrr_secret");
});

test("it asks to be called when the first lease ends, and not later than its interval", async () => {
  const monitor = createMonitorDaemon();
  expect(await monitor.tick(context)).toBe(monitor.intervalMs);
  await startRun();
  await sql`update run_attempt set lease_until = now() + interval '2 seconds'`.execute(db);

  const pauseMs = await monitor.tick(context);

  expect(pauseMs).toBeLessThanOrEqual(2_000);
});
