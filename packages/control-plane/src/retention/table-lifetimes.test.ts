import { sql } from "kysely";
import { expect, test } from "vitest";
import { tickOnce } from "../daemons/tick-once.ts";
import type { Database } from "../database/tables.gen.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { watchQueries } from "../testing/watch-queries.ts";
import { retentionDaemon } from "./retention-daemon.ts";
import { storageDaemon } from "./storage-daemon.ts";

const { db } = await createTestDatabase();

const AGED = "deleted by age, by a daemon of this folder";
const DROPPED = "partitions are dropped by age";

/**
 * Why each table does not grow for ever: it is deleted by age, or goes with rows of another table, or something else keeps it small. A
 * new table belongs here, and its rows into `retention-daemon.ts` or `storage-daemon.ts` unless something else does.
 */
const LIFETIMES: Readonly<Record<keyof Database, string | { readonly goesWith: keyof Database }>> = {
  agent: AGED,
  agent_token: "one for each token that somebody has made",
  asset: "one for each key; wiped or merged by who names assets",
  asset_check_evaluation: AGED,
  asset_event: AGED,
  asset_check_failure: { goesWith: "asset" },
  asset_former_key: { goesWith: "asset" },
  asset_freshness: { goesWith: "asset" },
  asset_freshness_change: AGED,
  asset_partition_chunk: { goesWith: "asset_partition_set" },
  asset_partition_set: { goesWith: "asset" },
  asset_partition_state: { goesWith: "asset" },
  asset_report: AGED,
  asset_stale_chunk: { goesWith: "asset_stale_set" },
  asset_stale_mark: "one for each deployment",
  asset_stale_set: { goesWith: "asset_partition_set" },
  automation_cursor: "one for each condition; forgotten with it by the automation daemon",
  automation_evaluation: AGED,
  automation_state: "one for each deployment",
  automation_touch: "the next round of the automation daemon deletes what it has looked at",
  automation_trees: AGED,
  backfill: AGED,
  backfill_target: { goesWith: "backfill" },
  bulk_operation: AGED,
  code_location: AGED,
  daemon_heartbeat: AGED,
  daemon_lease: "one for each daemon of a deployment",
  deployment: "one for each that somebody has made",
  deployment_snapshot: { goesWith: "snapshot" },
  dynamic_partition: "one for each key that the user's code keeps",
  feed_cursor: "one for each daemon that reads the feed",
  instigator: AGED,
  launched_run_key: { goesWith: "instigator" },
  location_version: AGED,
  log_chunk: AGED,
  log_sweep: "one for each time that output of a run was deleted, until its objects are",
  migration: "one for each migration",
  pool: "one for each name that definitions have",
  pool_slot: { goesWith: "run_attempt" },
  run: AGED,
  run_asset: { goesWith: "run" },
  run_attempt: { goesWith: "run" },
  run_change: AGED,
  run_event: DROPPED,
  run_feed: "one for each deployment",
  run_tag: { goesWith: "run" },
  snapshot: AGED,
  tick: AGED,
  tick_evaluation: AGED,
  work_item: AGED,
};

test("every table of the database has a retention, or a reason why it stays small", async () => {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind in ('r', 'p') and not relispartition
      and relnamespace = 'public'::regnamespace`.execute(db);

  expect(Object.keys(LIFETIMES).toSorted()).toEqual(rows.map(({ name }) => name).toSorted());
});

test("what is said to be deleted by age is, and what goes with another table does", async () => {
  const watched = watchQueries(db);
  const context = createTestContext(watched.db);
  for (const duty of [
    { daemon: retentionDaemon, deploymentId: "default" },
    { daemon: storageDaemon, deploymentId: null },
  ])
    expect(await tickOnce(duty, context, "replica")).toMatchObject({ error: null });
  const deleted = watched.queries.flatMap(({ sql: text }) => /^\s*delete from "(\w+)"/.exec(text)?.[1] ?? []);
  const { rows: cascades } = await sql<{ part: string; whole: string }>`
    select conrelid::regclass::text as part, confrelid::regclass::text as whole from pg_constraint where confdeltype = 'c'`.execute(
    db,
  );

  const said = Object.entries(LIFETIMES);
  const aged = said.flatMap(([table, lifetime]) => (lifetime === AGED ? [table] : []));
  expect(aged.toSorted()).toEqual([...new Set(deleted)].toSorted());
  const parts = said.flatMap(([part, lifetime]) =>
    typeof lifetime === "string" ? [] : [{ part, whole: lifetime.goesWith }],
  );
  expect(cascades).toEqual(expect.arrayContaining(parts));
});
