import { sql } from "kysely";
import { pino } from "pino";
import { expect, test } from "vitest";
import { systemClock } from "@millrace/model/time/clock";
import { startUserApi } from "../testing/test-user-api.ts";
import { createDaemonRecords } from "./daemon-records.ts";
import type { DeploymentDaemon } from "./daemon.ts";
import { storeHeartbeats } from "./heartbeat-store.ts";

const { db, askFor } = await startUserApi();
const context = { db, clock: systemClock };

function createDuty(name: DeploymentDaemon["name"], deploymentId = "default") {
  const daemon = {
    name,
    of: "deployment",
    wokenBy: () => [],
    intervalMs: 1,
    runsOn: "one",
    tick: async () => {},
  } as const;
  return { daemon, deploymentId } as const;
}

test("each daemon tells how it fares in each replica: how late it is, which error was its last one, and who has its place", async () => {
  const records = createDaemonRecords(pino({ level: "silent" }));
  const report = {
    outcome: "done",
    error: null,
    startedMs: systemClock.monotonic(),
    tookMs: 5,
    nextInMs: 1,
  } as const;
  const failed = {
    ...report,
    outcome: "failed",
    error: Object.assign(new Error("the disk is full"), { routine: "mdextend" }),
  } as const;
  records.note({ ...failed, duty: createDuty("retention") }, 40);
  records.note({ ...report, duty: createDuty("retention") }, 8);
  records.note({ ...failed, duty: createDuty("bulk") }, 0);
  records.note({ ...report, duty: createDuty("leases", "another") }, 0);
  await storeHeartbeats(context, "one", records.list());
  await storeHeartbeats(context, "two", records.list().slice(0, 1));
  await sql`update daemon_heartbeat set told_at = now() - interval '2 minutes' where replica = 'two'`.execute(
    db,
  );
  await sql`insert into daemon_lease (deployment_id, daemon, replica, lease_until) values ('default', 'retention', 'one', now() + interval '1 minute')`.execute(
    db,
  );

  const { daemons } = await askFor(
    "{ daemons { name replica state hasPlace lastTickMs lastLatenessMs longestLatenessMs ticks failures lastError lastErrorAt } }",
  );

  // Where in PostgreSQL's source an error arose helps nobody.
  expect(JSON.stringify(daemons)).not.toContain("mdextend");
  const retention = {
    name: "retention",
    lastTickMs: 5,
    lastLatenessMs: 8,
    longestLatenessMs: 40,
    ticks: 2,
    failures: 1,
    lastError: { message: "the disk is full" },
    lastErrorAt: expect.any(String),
  };
  expect(daemons).toMatchObject([
    { name: "bulk", replica: "one", state: "failing", hasPlace: null, failures: 1 },
    { ...retention, replica: "one", state: "working", hasPlace: true },
    { ...retention, replica: "two", state: "gone", hasPlace: false },
  ]);
});
