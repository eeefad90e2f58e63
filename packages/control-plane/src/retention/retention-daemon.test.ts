import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { createTestContext } from "../testing/test-context.ts";
import { tickOnce } from "../daemons/tick-once.ts";
import { retentionDaemon } from "./retention-daemon.ts";
import { storageDaemon } from "./storage-daemon.ts";

const { db } = await createTestDatabase();

test("what is past its time is deleted, and the rest stays", async () => {
  const run = "00000000-0000-4000-8000-000000000001";
  await sql`insert into run (id, deployment_id, location_name, job_name, status) values (${run}, 'default', 'flights', 'daily', 'SUCCESS')`.execute(
    db,
  );
  await sql`insert into log_chunk (run_id, attempt, stream, byte_offset, bytes, deployment_id, stored_at) values
    (${run}, 1, 'stdout', 0, 'old', 'default', now() - interval '31 days'), (${run}, 1, 'stdout', 3, 'new', 'default', now() - interval '29 days')`.execute(
    db,
  );
  await sql`insert into work_item (deployment_id, kind, idempotency_key, payload, deadline, state, finished_at) values
    ('default', 'launch_run', 'old', '{}', now(), 'done', now() - interval '8 days'), ('default', 'launch_run', 'new', '{}', now(), 'done', now()),
    ('default', 'launch_run', 'open', '{}', now(), 'pending', null)`.execute(db);
  await sql`insert into snapshot (digest, document, size, created_at) values ('\\x01', 'a', 1, now() - interval '2 days'), ('\\x02', 'a', 1, now())`.execute(
    db,
  );

  const context = createTestContext(db);
  const reports = [
    await tickOnce({ daemon: retentionDaemon, deploymentId: "default" }, context, "replica"),
    await tickOnce({ daemon: storageDaemon, deploymentId: null }, context, "replica"),
  ];

  expect(reports).toMatchObject([{ error: null }, { error: null }]);

  expect(
    (await db.selectFrom("log_chunk").select("byte_offset").execute()).map((row) => row.byte_offset),
  ).toEqual([3]);
  expect(
    (await db.selectFrom("work_item").select("idempotency_key").orderBy("idempotency_key").execute()).map(
      (row) => row.idempotency_key,
    ),
  ).toEqual(["new", "open"]);
  expect(
    (await db.selectFrom("snapshot").select("digest").execute()).map((row) => row.digest.toString("hex")),
  ).toEqual(["02"]);
});

test("output is kept while it is not known for how long: a setting that can't be read deletes nothing", async () => {
  await sql`update log_chunk set stored_at = now() - interval '90 days'`.execute(db);
  await sql`update deployment set settings = '{"event_retention_days": "a year"}'`.execute(db);

  await tickOnce({ daemon: retentionDaemon, deploymentId: "default" }, createTestContext(db), "replica");

  expect(await db.selectFrom("log_chunk").select("stream").execute()).toHaveLength(1);
});
