import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { connect, type Db } from "../packages/control-plane/src/database/connect.ts";
import { startEmbeddedPostgres } from "../packages/control-plane/src/database/embedded/embedded-postgres.ts";
import { ensureEventPartitions } from "../packages/control-plane/src/database/event-partitions.ts";
import { migrate } from "../packages/control-plane/src/database/migrate.ts";
import { parseSettingsInput } from "../packages/control-plane/src/deployments/settings.ts";
import { dequeueRuns } from "../packages/control-plane/src/run-queue/dequeue-runs.ts";
import { terminateRun } from "../packages/control-plane/src/runs/ending/terminate-run.ts";
import { startServer } from "../packages/control-plane/src/server.ts";
import type { Bench } from "./bench.ts";
import { measureCpu } from "./measure-cpu.ts";
import { percentiles } from "./percentiles.ts";

const SIZES = [1_000, 100_000];
const SETTINGS = {
  max_concurrent_runs: 10,
  tag_concurrency_limits: [{ key: "customer", per_unique_value: true, limit: 1 }],
};

/**
 * A queue whose runs all have one tag, of which one may run.
 *
 * - `first_look_ms`: wall time of the decisions that see the runs for the first time, a thousand at a time.
 * - `decision`: CPU milliseconds of one decision that starts nothing, in this process and in PostgreSQL.
 * - `slot_filled_ms`: wall time from the end of the run that may run to the start of the next one, with a server.
 */
export const bench: Bench = async function* ({ runs }) {
  const home = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  const logger = pino({ level: "error" });
  const postgres = await startEmbeddedPostgres({ home, logger });
  const db = connect(postgres.url);
  try {
    await migrate(db);
    await ensureEventPartitions(db);
    for (const size of SIZES) {
      const deployment = await createDeployment(db);
      await fillQueue(db, deployment, size);
      const decide = () => dequeueRuns(db, deployment, parseSettingsInput(SETTINGS));
      const startedAt = performance.now();
      await decide();
      const firstLook = performance.now() - startedAt;
      await sql`vacuum analyze run`.execute(db);
      const decision = await measureCpu(db, runs, decide);
      const server = await startServer({
        host: "127.0.0.1",
        port: 0,
        home,
        databaseUrl: postgres.url,
        logger,
      });
      try {
        const filled: number[] = [];
        for (let sample = 0; sample < runs; sample++) filled.push(await timeNextStart(db, deployment));
        const what = { bench: "queue", system: "millrace", waiting: size, held_by: "tag" };
        yield {
          ...what,
          first_look_ms: Math.round(firstLook),
          decision,
          slot_filled_ms: percentiles(filled),
        };
      } finally {
        await server.close();
      }
      await sql`delete from run where deployment_id = ${deployment}`.execute(db);
    }
  } finally {
    await db.destroy();
    await postgres.close();
    rmSync(home, { recursive: true, force: true });
  }
};

async function createDeployment(db: Db): Promise<string> {
  const id = randomUUID();
  const document = { workingDirectory: "/code", entry: "definitions.ts", environment: {} };
  await sql`insert into deployment (id, name, settings) values (${id}, ${id}, ${JSON.stringify(SETTINGS)})`.execute(
    db,
  );
  await sql`insert into code_location (deployment_id, name, document) values (${id}, 'bench', ${JSON.stringify(document)})`.execute(
    db,
  );
  return id;
}

async function fillQueue(db: Db, deployment: string, size: number): Promise<void> {
  await sql`
    insert into run (id, deployment_id, location_name, job_name, status, tags, origin_kind, event_count, created_at)
    select gen_random_uuid(), ${deployment}, 'bench', 'load', 'QUEUED', '{"customer":"big"}', 'user', 1, now() + n * interval '1 microsecond'
    from generate_series(1, ${size}::integer) n`.execute(db);
  await sql`vacuum analyze run`.execute(db);
}

/** Milliseconds from the end of the run that has the slot to the start of the next one. */
async function timeNextStart(db: Db, deployment: string): Promise<number> {
  const before = await findStarting(db, deployment);
  if (before === null) throw new Error("No run has the slot");
  const endedAt = performance.now();
  await terminateRun(db, deployment, before);
  for (let next: string | null = before; next === before || next === null;)
    next = await findStarting(db, deployment);
  return performance.now() - endedAt;
}

async function findStarting(db: Db, deployment: string): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select id from run where deployment_id = ${deployment} and status in ('STARTING', 'STARTED', 'CANCELING')`.execute(
    db,
  );
  return rows[0]?.id ?? null;
}
