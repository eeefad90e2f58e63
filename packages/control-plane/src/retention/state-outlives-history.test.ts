import { sql } from "kysely";
import { expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { createFreshnessDaemon } from "../assets/freshness/freshness-daemon.ts";
import { tickStaleness } from "../testing/tick-staleness.ts";
import type { Daemon } from "../daemons/daemon.ts";
import { tickOnce } from "../daemons/tick-once.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { createTestContext } from "../testing/test-context.ts";
import {
  launchAndDequeue,
  lifeEvent,
  serveLocation,
  TEST_DEPLOYMENT,
  TEST_WORKER,
} from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";
import { retentionDaemon } from "./retention-daemon.ts";
import { storageDaemon } from "./storage-daemon.ts";

const { db, askFor } = await startUserApi();

const DAY = 86_400;
/** Tables of what has happened: all rows of these are made so old that no setting keeps them. */
const HISTORY = [
  "run",
  "run_event",
  "run_change",
  "asset_event",
  "asset_check_evaluation",
  "asset_freshness_change",
  "work_item",
];
/** What is kept of these is the newest of each asset or check. */
const KEEPS_NEWEST = ["asset_event", "asset_check_evaluation"];

const details = { metadata: { rows: { type: "int", value: 3 } }, tags: {}, message: "" } as const;

function made(assetKey: string, dataVersion: string, change: object = {}): RunEvent {
  return {
    ...details,
    type: "ASSET_MATERIALIZATION",
    stepKey: assetKey,
    assetKey,
    dataVersion,
    partition: null,
    timestamp: Date.now(),
    provenance: { codeVersion: "1", isUserProvided: false, inputDataVersions: {} },
    ...change,
  };
}

function checked(checkName: string, passed: boolean, severity: "WARN" | "ERROR"): RunEvent {
  return {
    type: "ASSET_CHECK_EVALUATION",
    stepKey: `books_${checkName}`,
    assetKey: "books",
    checkName,
    passed,
    severity,
    blocking: false,
    partition: null,
    metadata: {},
    message: checkName,
    timestamp: Date.now(),
  };
}

async function run(
  assetSelection: readonly string[],
  partitionKey: string | null,
  events: readonly RunEvent[],
): Promise<void> {
  const { id: runId } = await launchAndDequeue(db, { jobName: null, assetSelection, partitionKey });
  await startAttempt(db, { ...TEST_WORKER, runId });
  await appendRunEvents(db, {
    runId,
    attempt: 1,
    firstSequence: 0,
    events: [lifeEvent("RUN_START"), ...events],
  });
}

const failed = (): RunEvent => ({
  type: "RUN_FAILURE",
  reason: "STEP_FAILURE",
  error: null,
  message: "failed",
  timestamp: Date.now(),
});

async function serveBooks(): Promise<void> {
  const days = JSON.stringify({ type: "static", keys: ["mon", "tue", "wed", "thu"] });
  const asset = (key: string) => ({ key, executable: true, stepKey: key, codeVersion: "1" });
  const reads = (key: string) => ({ dependencies: [{ key, loadsValue: true }] });
  const window = JSON.stringify({ type: "time_window", failSeconds: 10 * DAY, warnSeconds: 5 * DAY });
  await serveLocation(db, "library", {
    assets: [
      { ...asset("books"), freshnessPolicy: window },
      { ...asset("loans"), ...reads("books"), freshnessPolicy: window },
      { ...asset("days"), ...reads("books"), partitions: { json: days } },
      asset("broken"),
      asset("never"),
    ],
    checks: ["whole", "unique", "young"].map((name) => ({
      assetKey: "books",
      name,
      stepKey: `books_${name}`,
    })),
    jobs: [{ name: "__ASSET_JOB", implicit: true, assetKeys: ["books", "loans", "days", "broken", "never"] }],
  });
}

/** All that is told of assets now, and not of what they were. */
async function lookAtAssets(): Promise<unknown> {
  const version = "{ id dataVersion metadata tags partitionKey timestamp }";
  const { assets } = await askFor(`{ assets { nodes {
    key state staleStatus staleCauses { category reason dependency } materializationCount
    latestMaterialization ${version} latestObservation ${version}
    freshness { state changedAt nextChangeAt } health { status materialization checks freshness }
    checks { name latestEvaluation { id passed severity message } }
    partitions { count materialized failed stale keys { nodes { key state lastMaterializedAt staleStatus staleCauses { category reason } } } }
  } } }`);
  const { rows } = await sql`
    select f.state, f.materialized_at, f.next_change_at, a.* from asset a left join asset_freshness f on f.asset_id = a.id order by a.key`.execute(
    db,
  );
  return { assets, rows };
}

async function tick(daemon: Daemon): Promise<void> {
  const duty =
    daemon.of === "deployment" ? { daemon, deploymentId: TEST_DEPLOYMENT } : { daemon, deploymentId: null };
  expect(await tickOnce(duty, createTestContext(db), "replica")).toMatchObject({ error: null });
}

/** Puts every instant of the history ten years back. */
async function age(): Promise<void> {
  await sql`create table run_event_20100104 partition of run_event for values from ('2010-01-04') to ('2010-01-11')`.execute(
    db,
  );
  await sql`update run_event set stored_at = '2010-01-05'`.execute(db);
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    select table_name, column_name from information_schema.columns where table_name = any(${HISTORY}) and table_name <> 'run_event'
      and data_type = 'timestamp with time zone'`.execute(db);
  for (const { table_name, column_name } of rows) {
    const column = sql.id(column_name);
    await sql`update ${sql.table(table_name)} set ${column} = ${column} - interval '10 years'`.execute(db);
  }
}

async function countRows(table: string): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*)::integer as count from ${sql.table(table)}`.execute(db);
  return rows[0]?.count ?? 0;
}

test("what is known of assets now does not change when all that has happened to them is dropped", async () => {
  await serveBooks();
  await run(["books"], null, [
    made("books", "b1"),
    checked("whole", true, "ERROR"),
    checked("unique", false, "ERROR"),
    lifeEvent("RUN_SUCCESS"),
  ]);
  const inputDataVersions = { books: "b1" };
  const provenance = { codeVersion: "1", isUserProvided: false, inputDataVersions };
  await run(["loans"], null, [made("loans", "l1", { provenance }), lifeEvent("RUN_SUCCESS")]);
  for (const partition of ["mon", "tue"])
    await run(["days"], partition, [made("days", "d1", { provenance, partition }), lifeEvent("RUN_SUCCESS")]);
  // What was made of it is out of date with this one.
  await run(["books"], null, [
    made("books", "b2"),
    checked("unique", false, "WARN"),
    {
      ...details,
      type: "ASSET_OBSERVATION",
      stepKey: "books",
      assetKey: "books",
      dataVersion: "b2",
      partition: null,
      timestamp: Date.now(),
    },
    lifeEvent("RUN_SUCCESS"),
  ]);
  await run(["broken"], null, [made("broken", "x1"), lifeEvent("RUN_SUCCESS")]);
  await run(["broken"], null, [failed()]);
  await run(["days"], "wed", [failed()]);
  await run(["days"], "tue", [failed()]);
  await sql`update asset set last_materialized_at = now() - interval '6 days' where key = 'loans'`.execute(
    db,
  );
  await sql`update work_item set state = 'done', finished_at = now()`.execute(db);
  await tick(createFreshnessDaemon());
  await tickStaleness(db);
  const before = await lookAtAssets();
  for (const table of HISTORY) expect(await countRows(table), table).toBeGreaterThan(0);

  await age();
  await tick(retentionDaemon);
  await tick(storageDaemon);
  await tick(createFreshnessDaemon());
  await tickStaleness(db);

  const left = await Promise.all(HISTORY.map(async (table) => [table, await countRows(table)] as const));
  expect(left.filter(([table, count]) => count > 0 && !KEEPS_NEWEST.includes(table))).toEqual([]);
  expect(await lookAtAssets()).toEqual(before);
  expect(before).toMatchObject({
    assets: {
      nodes: expect.arrayContaining([
        expect.objectContaining({
          key: "books",
          state: "materialized",
          health: { status: "WARNING", materialization: "HEALTHY", checks: "WARNING", freshness: "HEALTHY" },
        }),
        expect.objectContaining({
          key: "loans",
          staleStatus: "STALE",
          freshness: expect.objectContaining({ state: "WARN" }) as object,
        }),
        expect.objectContaining({ key: "broken", state: "failed" }),
        expect.objectContaining({ key: "never", state: "missing" }),
        expect.objectContaining({
          key: "days",
          partitions: expect.objectContaining({ count: 4, materialized: 1, failed: 2, stale: 2 }) as object,
        }),
      ]) as unknown[],
    },
  });
});
