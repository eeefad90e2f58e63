import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { pino } from "pino";
import type { RunEvent } from "@millrace/model/run-event";
import { connect, type Db } from "../packages/control-plane/src/database/connect.ts";
import { startEmbeddedPostgres } from "../packages/control-plane/src/database/embedded/embedded-postgres.ts";
import { ensureEventPartitions } from "../packages/control-plane/src/database/event-partitions.ts";
import { migrate } from "../packages/control-plane/src/database/migrate.ts";
import { appendRunEvents } from "../packages/control-plane/src/runs/fold/append-run-events.ts";
import { startServer } from "../packages/control-plane/src/server.ts";
import {
  GREETED,
  launchInput,
  launchTestRun,
  serveLocation,
  SHOP,
  startTestRun,
  TEST_DEPLOYMENT,
} from "../packages/control-plane/src/testing/test-runs.ts";
import type { Bench } from "./bench.ts";
import { cpuSeconds } from "./processes.ts";

const COUNT = 10_000;
const EVENTS_OF_ASSET = 10;

/** What is done, as a mutation that gives the operation, and what there is to do it to. */
const CASES = [
  { what: "cancel_queued", mutation: "cancelRuns(filter: {})", fill: fillWithRuns(queueRun) },
  { what: "cancel_active", mutation: "cancelRuns(filter: {})", fill: fillWithRuns(startTestRun) },
  {
    what: "reexecute",
    mutation: "reexecuteRuns(filter: {}, strategy: ALL_STEPS)",
    fill: fillWithRuns(failRun),
  },
  {
    what: "retry",
    mutation: "reexecuteRuns(filter: {}, strategy: FROM_FAILURE)",
    fill: fillWithRuns(failRun),
  },
  { what: "delete", mutation: "deleteRuns(filter: {})", fill: fillWithRuns(failRun) },
  { what: "wipe", mutation: `wipeAssets(selection: "*")`, fill: fillWithAssets },
] as const;

/**
 * Bulk operations on ten thousand runs, or assets with ten events each, by a server whose queue is held.
 *
 * - `seconds`: wall time from the request until the operation says that it is done.
 * - `cpu_seconds`: what the server, which is this process, and the sessions of PostgreSQL have computed meanwhile.
 */
export const bench: Bench = async function* () {
  const home = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const logger = pino({ level: "error" });
  const postgres = await startEmbeddedPostgres({ home, logger });
  const db = connect(postgres.url);
  try {
    await migrate(db);
    await ensureEventPartitions(db);
    await sql`update deployment set settings = '{"max_concurrent_runs": 0}'`.execute(db);
    await serveLocation(db, "shop", SHOP);
    for (const { what, mutation, fill } of CASES) {
      await fill(db);
      await sql`vacuum analyze`.execute(db);
      const server = await startServer({
        host: "127.0.0.1",
        port: 0,
        home,
        databaseUrl: postgres.url,
        logger,
      });
      try {
        yield {
          bench: "bulk",
          system: "millrace",
          what,
          count: COUNT,
          ...(await measure(db, server.url, mutation)),
        };
      } finally {
        await server.close();
      }
      await sql`truncate run, run_event, asset cascade`.execute(db);
    }
  } finally {
    await db.destroy();
    await postgres.close();
    rmSync(home, { recursive: true, force: true });
  }
};

interface Operation {
  readonly id: string;
  readonly status: string;
  readonly done: number;
}

async function measure(db: Db, url: string, mutation: string): Promise<object> {
  // Sessions that the server opens meanwhile count whole.
  const ofDatabase = async (): Promise<number> => {
    const { rows } = await sql<{
      pid: number;
    }>`select pid from pg_stat_activity where backend_type = 'client backend'`.execute(db);
    return cpuSeconds(rows.map(({ pid }) => pid));
  };
  const databaseBefore = await ofDatabase();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const fields = "... on BulkOperation { id status done }";
  let operation = await ask(url, `mutation { operation: ${mutation} { ${fields} } }`);
  while (operation.status === "RUNNING") {
    await sleep(50);
    operation = await ask(url, `{ operation: bulkOperation(id: "${operation.id}") { ${fields} } }`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  if (operation.done !== COUNT) throw new Error(`${mutation} was done to ${operation.done} only`);
  const { user, system } = process.cpuUsage(before);
  return {
    seconds: round(seconds),
    cpu_seconds: {
      server: round((user + system) / 1_000_000),
      postgres: round((await ofDatabase()) - databaseBefore),
    },
  };
}

async function ask(url: string, query: string): Promise<Operation> {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await answer.json()) as { data?: { operation: Operation }; errors?: unknown };
  if (!data) throw new Error(JSON.stringify(errors));
  return data.operation;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

async function queueRun(db: Db): Promise<string> {
  return (await launchTestRun(db, TEST_DEPLOYMENT, launchInput())).id;
}

/** A run whose first step has succeeded and whose second one has failed. */
async function failRun(db: Db): Promise<string> {
  const id = await startTestRun(db);
  const error = { name: "Error", message: "no luck", stack: null, cause: null };
  const timestamp = Date.now();
  const failed: readonly RunEvent[] = [
    { type: "STEP_START", stepKey: "wave", attempt: 1, timestamp, message: "" },
    { type: "STEP_FAILURE", stepKey: "wave", error, metadata: {}, timestamp, message: "no luck" },
    { type: "RUN_FAILURE", reason: "STEP_FAILURE", error: null, message: "Step wave failed", timestamp },
  ];
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 1, events: [...GREETED, ...failed] });
  return id;
}

/** Makes one run, and the others as copies of its rows. */
function fillWithRuns(make: (db: Db) => Promise<string>): (db: Db) => Promise<void> {
  return async (db) => {
    const id = await make(db);
    const copies = sql`(select gen_random_uuid() as id, (select created_at from run where id = ${id}) - n * interval '1 millisecond' as created_at
      from generate_series(2, ${COUNT}::integer) n)`;
    await sql`create temporary table copy as select * from ${copies} as numbered`.execute(db);
    await sql`
      insert into run select (jsonb_populate_record(r, jsonb_build_object('id', copy.id, 'created_at', copy.created_at))).*
      from run r, copy where r.id = ${id}`.execute(db);
    await sql`
      insert into run_event select (jsonb_populate_record(e, jsonb_build_object('run_id', copy.id))).*
      from run_event e, copy where e.run_id = ${id}`.execute(db);
    await sql`
      insert into run_attempt
      select (jsonb_populate_record(a, jsonb_build_object('run_id', copy.id, 'token_hash', '\\x' || md5(copy.id::text)))).*
      from run_attempt a, copy where a.run_id = ${id}`.execute(db);
    await sql`drop table copy`.execute(db);
  };
}

async function fillWithAssets(db: Db): Promise<void> {
  await sql`
    with made as (
      insert into asset (id, deployment_id, key, materialization_count)
      select gen_random_uuid(), ${TEST_DEPLOYMENT}, 'lake/' || n, ${EVENTS_OF_ASSET} from generate_series(1, ${COUNT}::integer) n
      returning id
    )
    insert into asset_event (deployment_id, asset_id, kind, happened_at)
    select ${TEST_DEPLOYMENT}, id, 'materialization', now() from made, generate_series(1, ${EVENTS_OF_ASSET}::integer)`.execute(
    db,
  );
}
