import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { createTestContext } from "../testing/test-context.ts";
import { serveLocation, SHOP } from "../testing/test-runs.ts";
import { tickOnce } from "../daemons/tick-once.ts";
import { retentionDaemon } from "./retention-daemon.ts";
import { storageDaemon } from "./storage-daemon.ts";

const { db } = await createTestDatabase();

test("what is past its time is deleted, and the rest stays", async () => {
  const run = "00000000-0000-4000-8000-000000000001";
  await sql`insert into run (id, deployment_id, location_name, job_name, status) values (${run}, 'default', 'flights', 'daily', 'SUCCESS')`.execute(
    db,
  );
  await sql`insert into log_chunk (run_id, attempt, stream, byte_offset, byte_length, bytes, deployment_id, stored_at) values
    (${run}, 1, 'stdout', 0, 3, 'old', 'default', now() - interval '31 days'), (${run}, 1, 'stdout', 3, 3, 'new', 'default', now() - interval '29 days')`.execute(
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

test("agents that are gone are forgotten after their time", async () => {
  await sql`update deployment set settings = '{"agent_retention_days": 30}'`.execute(db);
  await sql`insert into agent (deployment_id, id, name, kind, version, hostname, queues, started_at, last_heartbeat_at)
    select 'default', 'agent ' || days, 'a', 'process', '1', 'here', '{}', now(), now() - days * interval '1 day'
    from unnest(array[29, 31]) days`.execute(db);

  await tickOnce({ daemon: retentionDaemon, deploymentId: "default" }, createTestContext(db), "replica");

  expect(await db.selectFrom("agent").select("id").execute()).toEqual([{ id: "agent 29" }]);
});

test("ended runs and what was reported of assets are deleted after their time; what runs on and the newest stay", async () => {
  await sql`update deployment set settings = '{"history_retention_days": 100}'`.execute(db);
  const run = (id: string, status: string, endedDaysAgo: number | null): Promise<unknown> =>
    sql`insert into run (id, deployment_id, location_name, job_name, status, created_at, ended_at)
      values (${id}, 'default', 'flights', 'daily', ${status}, now() - interval '200 days', now() - ${endedDaysAgo} * interval '1 day')`.execute(
      db,
    );
  const ids = ["1", "2", "3"].map((digit) => `00000000-0000-4000-8000-00000000001${digit}`);
  await run(ids[0] ?? "", "SUCCESS", 101);
  await run(ids[1] ?? "", "SUCCESS", 99);
  await run(ids[2] ?? "", "STARTED", null);
  await sql`insert into run_tag (deployment_id, run_id, key, value, created_at) select 'default', id, 'team', 'x', created_at from run where id = any(${ids})`.execute(
    db,
  );
  await sql`insert into asset (id, deployment_id, key) values ('00000000-0000-4000-8000-0000000000a1', 'default', 'orders')`.execute(
    db,
  );
  const happened = sql`now() - interval '300 days' + n * interval '1 minute'`;
  await sql`insert into asset_event (deployment_id, asset_id, kind, data_version, happened_at)
    select 'default', '00000000-0000-4000-8000-0000000000a1', case when n = 3 then 'observation' else 'materialization' end, n, ${happened}
    from generate_series(1, 3) n`.execute(db);
  await sql`insert into asset_check_evaluation (deployment_id, asset_id, check_name, passed, severity, blocking, message, happened_at)
    select 'default', '00000000-0000-4000-8000-0000000000a1', 'fresh', true, 'ERROR', false, n, ${happened}
    from generate_series(1, 3) n`.execute(db);

  await tickOnce({ daemon: retentionDaemon, deploymentId: "default" }, createTestContext(db), "replica");

  const runs = await db.selectFrom("run").select("id").where("id", "in", ids).orderBy("id").execute();
  expect(runs.map(({ id }) => id)).toEqual(ids.slice(1));
  const events = await db.selectFrom("asset_event").select("data_version").orderBy("id").execute();
  expect(events.map((row) => row.data_version)).toEqual(["2", "3"]);
  const checks = await db.selectFrom("asset_check_evaluation").select("message").execute();
  expect(checks.map(({ message }) => message)).toEqual(["3"]);
});

test("old ticks are deleted, skipped ones sooner; schedules that nothing defines go with the history", async () => {
  const known = (name: string, undefinedDaysAgo: number | null): Promise<unknown> =>
    sql`insert into instigator (deployment_id, location_name, kind, name, key_name, decided_up_to, undefined_since)
      values ('default', 'shop', 'schedule', ${name}, ${name}, now(), now() - ${undefinedDaysAgo}::integer * interval '1 day')`.execute(
      db,
    );
  const tick = (status: string, daysAgo: number): Promise<unknown> =>
    sql`insert into tick (id, deployment_id, instigator_id, scheduled_at, status, started_at, finished_at)
      select gen_random_uuid(), 'default', id, now() - ${daysAgo}::integer * interval '1 day', ${status}, now() - ${daysAgo}::integer * interval '1 day',
        now() - ${daysAgo}::integer * interval '1 day'
      from instigator where name = 'nightly'`.execute(db);
  await sql`update deployment set settings = '{"history_retention_days": 100, "event_retention_days": 30}'`.execute(
    db,
  );
  await known("nightly", null);
  await known("renamed", 99);
  await known("gone", 101);
  for (const daysAgo of [6, 8, 29, 31]) await tick("SKIPPED", daysAgo);
  for (const daysAgo of [5, 9, 28, 32]) await tick("SUCCESS", daysAgo);

  await tickOnce({ daemon: retentionDaemon, deploymentId: "default" }, createTestContext(db), "replica");

  const { rows } = await sql<{ left: string }>`
    select status || ' ' || extract(day from now() - finished_at) as left from tick order by finished_at desc`.execute(
    db,
  );
  expect(rows.map(({ left }) => left)).toEqual(["SUCCESS 5", "SKIPPED 6", "SUCCESS 9", "SUCCESS 28"]);
  const names = await db.selectFrom("instigator").select("name").orderBy("name").execute();
  expect(names.map(({ name }) => name)).toEqual(["nightly", "renamed"]);
});

test("a removed code location goes with the last of its runs, with its versions; what serves stays", async () => {
  await sql`update deployment set settings = '{"history_retention_days": 100}'`.execute(db);
  for (const name of ["serves", "gone", "gone but for a run", "gone lately"])
    await serveLocation(db, name, SHOP);
  await sql`update code_location set removed_at = now() - interval '101 days' where name in ('gone', 'gone but for a run')`.execute(
    db,
  );
  await sql`update code_location set removed_at = now() - interval '99 days' where name = 'gone lately'`.execute(
    db,
  );
  await sql`insert into run (id, deployment_id, location_name, location_version_id, job_name, status)
    select gen_random_uuid(), 'default', l.name, v.id, 'hello', 'SUCCESS'
    from code_location l join location_version v on v.location_id = l.id where l.name = 'gone but for a run'`.execute(
    db,
  );

  await tickOnce({ daemon: retentionDaemon, deploymentId: "default" }, createTestContext(db), "replica");

  const locations = await db.selectFrom("code_location").select("name").orderBy("name").execute();
  expect(locations.map(({ name }) => name)).toEqual(["gone but for a run", "gone lately", "serves"]);
  expect(await db.selectFrom("location_version").select("id").execute()).toHaveLength(3);
});
