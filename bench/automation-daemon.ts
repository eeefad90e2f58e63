import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AutomationAsset } from "@millrace/model/automation/asset-state-view";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { sql } from "kysely";
import { pino } from "pino";
import { createAutomationDaemon } from "../packages/control-plane/src/automation/automation-daemon.ts";
import { tickOnce } from "../packages/control-plane/src/daemons/tick-once.ts";
import { connect, type Db } from "../packages/control-plane/src/database/connect.ts";
import { startEmbeddedPostgres } from "../packages/control-plane/src/database/embedded/embedded-postgres.ts";
import { ensureEventPartitions } from "../packages/control-plane/src/database/event-partitions.ts";
import { migrate } from "../packages/control-plane/src/database/migrate.ts";
import { createTestContext } from "../packages/control-plane/src/testing/test-context.ts";
import { serveLocation } from "../packages/control-plane/src/testing/test-runs.ts";

const DEPLOYMENT = "default";
/** Partitions of each partitioned asset that are materialized: what facts of an asset are made of. */
const PARTITIONS = 30;

/** How long the daemon took, from the commit of the events to that of its decision. */
export interface RoundTimes {
  readonly requested: number;
  readonly decideMs: number;
  readonly quietMs: number;
}

/**
 * Lets the automation daemon decide on a real PostgreSQL: `samples` names the assets that change before each round. What it asks for
 * is materialized between the rounds, and conditions come to rest.
 */
export async function* benchDaemon(
  assets: ReadonlyMap<string, AutomationAsset>,
  samples: Iterable<readonly string[]>,
): AsyncGenerator<RoundTimes> {
  const home = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const postgres = await startEmbeddedPostgres({ home, logger: pino({ level: "error" }) });
  const db = connect(postgres.url);
  try {
    await migrate(db);
    await ensureEventPartitions(db);
    await serve(db, [...assets.values()]);
    await fill(db, assets);
    const daemon = createAutomationDaemon(0);
    const context = createTestContext(db);
    const tick = async (): Promise<{ tookMs: number; isAtRest: boolean }> => {
      const startedAt = performance.now();
      const report = await tickOnce({ daemon, deploymentId: DEPLOYMENT }, context, "bench");
      if (report.error) throw report.error;
      return { tookMs: performance.now() - startedAt, isAtRest: report.nextInMs > 250 };
    };
    const settle = async (): Promise<void> => {
      do await finishRuns(db, assets);
      while (!(await tick()).isAtRest);
    };
    await settle();
    for (const changed of samples) {
      await materialize(db, assets, changed);
      const { tookMs: decideMs } = await tick();
      const requested = await finishRuns(db, assets);
      await settle();
      yield { requested, decideMs, quietMs: (await tick()).tookMs };
    }
  } finally {
    await db.destroy();
    await postgres.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function serve(db: Db, assets: readonly AutomationAsset[]): Promise<void> {
  await serveLocation(db, "bench", {
    assets: assets.map(({ key, dependencies, condition, partitions }) => ({
      key,
      executable: true,
      stepKey: key,
      dependencies: dependencies.map((each) => ({ key: each.key })),
      automationCondition: JSON.stringify(condition),
      ...(partitions ? { partitions: { json: JSON.stringify(partitions) } } : {}),
    })),
    jobs: [
      {
        name: ASSET_JOB,
        implicit: true,
        assetKeys: assets.map(({ key }) => key),
        steps: assets.map(({ key }) => ({ key, kind: "asset" })),
      },
    ],
  });
}

/** All assets materialized a while ago, partitioned ones in their newest partitions. */
async function fill(db: Db, assets: ReadonlyMap<string, AutomationAsset>): Promise<void> {
  const partitioned = [...assets.values()].flatMap(({ key, partitions }) => (partitions ? [key] : []));
  await sql`
    insert into asset (deployment_id, key, last_materialized_at)
    select ${DEPLOYMENT}, key, now() - interval '1 hour' from unnest(${[...assets.keys()]}::text[]) key`.execute(
    db,
  );
  await sql`
    insert into asset_partition_state (asset_id, partition_key, deployment_id, last_materialized_at)
    select a.id, to_char((now() at time zone 'utc') - make_interval(days => n), 'YYYY-MM-DD'), ${DEPLOYMENT}, now() - interval '1 hour'
    from asset a, generate_series(1, ${PARTITIONS}::integer) n where a.key = any(${partitioned}::text[])`.execute(
    db,
  );
  await sql`analyze`.execute(db);
}

/** Assets are materialized, partitioned ones in their newest partition; by nobody's run, or by one that ends with it. */
async function materialize(
  db: Db,
  assets: ReadonlyMap<string, AutomationAsset>,
  keys: readonly string[],
  runId: string | null = null,
): Promise<void> {
  const partitioned = keys.filter((key) => (assets.get(key)?.partitions ?? null) !== null);
  await sql`
    with changed as (
      update asset set last_materialized_at = now(), last_materialization_run_id = ${runId} where key = any(${keys}::text[])
      returning id, key
    ), places as (
      select id, case when key = any(${partitioned}::text[])
        then to_char((now() at time zone 'utc') - interval '1 day', 'YYYY-MM-DD') end as partition
      from changed
    ), parts as (
      update asset_partition_state p set last_materialized_at = now(), last_run_id = ${runId} from places c
      where p.asset_id = c.id and p.partition_key = c.partition
    ), ended as (
      update run set status = 'SUCCESS', ended_at = now() where id = ${runId} returning id
    ), told as (
      insert into run_change (deployment_id, run_id, position, status, message, happened_at)
      select ${DEPLOYMENT}, id, 1, 'SUCCESS', '', now() from ended
    )
    insert into asset_event (deployment_id, asset_id, run_id, kind, partition_key, happened_at)
    select ${DEPLOYMENT}, id, ${runId}, 'materialization', partition, now() from places`.execute(db);
}

/** Carries out what was asked for. Returns how many assets that was. */
async function finishRuns(db: Db, assets: ReadonlyMap<string, AutomationAsset>): Promise<number> {
  const { rows } = await sql<{ id: string; assetKeys: string[] }>`
    select id, asset_keys as "assetKeys" from run where status = 'QUEUED'`.execute(db);
  for (const { id, assetKeys } of rows) await materialize(db, assets, assetKeys, id);
  return rows.reduce((count, { assetKeys }) => count + assetKeys.length, 0);
}
