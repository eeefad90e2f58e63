import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { listKnownAssetKeys } from "../assets/asset-record-store.ts";
import { tickOnce } from "../daemons/tick-once.ts";
import { parseSettingsInput } from "../deployments/settings.ts";
import { dequeueRuns } from "../run-queue/dequeue-runs.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { deleteEndedRuns } from "../runs/ending/delete-ended-runs.ts";
import { terminateRun } from "../runs/ending/terminate-run.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { listRuns } from "../runs/list-runs.ts";
import { findRun } from "../runs/run-store.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { claimWork } from "../work/work-store.ts";
import type { RunFilter } from "../runs/run-filter.ts";
import { checkStoredHistories } from "../simulation/stored-history.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import {
  launchInput,
  launchTestRun,
  lifeEvent,
  serveLocation,
  SHOP,
  TEST_ORIGIN,
  TEST_WORKER,
} from "../testing/test-runs.ts";
import type { BulkKind, BulkStrategy } from "./bulk-operation.ts";
import { bulkDaemon } from "./bulk-daemon.ts";
import { findBulkOperation, insertBulkOperation, noteProgress, stopBulkOperation } from "./bulk-store.ts";
import { chooseWipedAssets } from "./choose-wiped-assets.ts";

const { db } = await createTestDatabase();
const context = createTestContext(db);

async function createDeployment() {
  const id = randomUUID();
  await db.insertInto("deployment").values({ id, name: id }).execute();
  await serveLocation(db, "shop", SHOP, id);
  return {
    id,
    launch: (tags: Readonly<Record<string, string>> = {}) => launchTestRun(db, id, launchInput({ tags })),
    begin: (kind: BulkKind, filter: RunFilter, strategy: BulkStrategy | null = null) =>
      insertBulkOperation(db, {
        id: randomUUID(),
        deploymentId: id,
        kind,
        filter,
        assetKeys: null,
        strategy,
        origin: TEST_ORIGIN,
      }),
    beginWipe: async (keys: string[] | null, selection: string | null) =>
      insertBulkOperation(db, {
        id: randomUUID(),
        deploymentId: id,
        kind: "WIPE",
        filter: {},
        assetKeys: await chooseWipedAssets(db, id, keys, selection),
        strategy: null,
        origin: TEST_ORIGIN,
      }),
    /** Says of assets that they have been materialized. */
    make: async (...keys: string[]) => {
      const rows = keys.map((key) => ({
        id: randomUUID(),
        deployment_id: id,
        key,
        materialization_count: 1,
      }));
      await db.insertInto("asset").values(rows).execute();
    },
    known: () => listKnownAssetKeys(db, id, true),
    tick: async () => {
      const report = await tickOnce({ daemon: bulkDaemon, deploymentId: id }, context, "replica");
      if (report.error !== null) throw report.error;
    },
    find: (operation: string) => findBulkOperation(db, id, operation),
    statuses: async () => {
      const { nodes } = await listRuns(db, id, {}, null, 1_000);
      return nodes.map(({ status }) => status).toSorted();
    },
  };
}

test("all runs of a filter are canceled, those that wait and those that are under way, and no later one", async () => {
  const { id, launch, begin, tick, find, statuses } = await createDeployment();
  for (let index = 0; index < 3; index++) await launch({ team: "growth" });
  await dequeueRuns(db, id, parseSettingsInput({ max_concurrent_runs: 1 }));
  await launch({ team: "other" });

  const operation = await begin("CANCEL", { tags: [{ key: "team", value: "growth" }] });
  expect(operation).toMatchObject({ status: "RUNNING", total: 3, done: 0 });
  await tick();

  expect(await find(operation.id)).toMatchObject({ status: "DONE", done: 3, refused: 0 });
  expect(await statuses()).toEqual(["CANCELED", "CANCELED", "CANCELED", "QUEUED"]);
  await checkStoredHistories(db);
});

test("an operation goes on where it was, also when the run that it looked at last was deleted since", async () => {
  const { id, launch, begin, tick, find } = await createDeployment();
  const runs = [await launch(), await launch(), await launch()];
  for (const run of runs) await terminateRun(db, id, run.id);
  const { id: operation } = await begin("REEXECUTE", {}, "ALL_STEPS");
  const last = runs.at(-1)?.id ?? "";
  await inTransaction(db, (trx) =>
    noteProgress(trx, operation, { done: 1, refusals: [], lastRunId: last, isOver: false }),
  );
  await inTransaction(db, (trx) => deleteEndedRuns(trx, id, [last]));

  await tick();

  expect(await find(operation)).toMatchObject({ status: "DONE", total: 3, done: 3 });
});

/** What becomes of a run, and what tells of it, but for when. */
async function traceOf(runId: string): Promise<unknown> {
  const { rows } = await sql<{ trace: unknown }>`
    select jsonb_build_object('run', (select jsonb_build_array(status, event_count, failure_reason) from run where id = ${runId}),
      'events', (select jsonb_agg(to_jsonb(e) - '{run_id,happened_at,stored_at,event}'::text[] || jsonb_build_object('event', e.event - 'timestamp')
        order by position) from run_event e where run_id = ${runId}),
      'changes', (select jsonb_agg(jsonb_build_array(status, position) order by position) from run_change where run_id = ${runId}),
      'attempts', (select jsonb_agg(jsonb_build_array(state, stop_asked_at is null)) from run_attempt where run_id = ${runId}),
      'work', (select jsonb_agg(jsonb_build_array(queue, kind, state, priority, payload - 'runId', replace(idempotency_key, ${runId}, ''),
        deadline - created_at) order by kind) from work_item where idempotency_key like ${`%${runId}%`} and kind = 'terminate_run')) as trace`.execute(
    db,
  );
  return rows[0]?.trace;
}

const start = (deploymentId: string) => dequeueRuns(db, deploymentId, parseSettingsInput({}));
const getRunOf = (deploymentId: string, runId: string) => findRun(db, deploymentId, runId);

test.each([
  ["that waits in the queue", async () => {}],
  ["whose launch waits for an agent", start],
  [
    "whose worker an agent is to start",
    async (deploymentId: string) => {
      await start(deploymentId);
      await claimWork(db, { deploymentId, agentId: "agent-1", queues: ["default"], max: 10 });
    },
  ],
  [
    "that has begun",
    async (deploymentId: string, runIds: readonly string[]) => {
      await start(deploymentId);
      await claimWork(db, { deploymentId, agentId: "agent-1", queues: ["default"], max: 10 });
      for (const runId of runIds) {
        await startAttempt(db, { ...TEST_WORKER, runId });
        await appendRunEvents(db, {
          runId,
          attempt: 1,
          firstSequence: 0,
          events: [lifeEvent("RUN_START", 1)],
        });
      }
    },
  ],
])("a run %s is canceled with many others as it is alone", async (_what, bring) => {
  const { id, launch, begin, tick } = await createDeployment();
  const [one, other] = [await launch(), await launch()];
  await bring(id, [one.id, other.id]);
  await terminateRun(db, id, one.id);
  await begin("CANCEL", {});
  await tick();

  expect(await traceOf(other.id)).toEqual(await traceOf(one.id));
  expect((await getRunOf(id, other.id))?.status).toMatch(/^CANCEL/);
  await checkStoredHistories(db);
});

test("what has ended is repeated, once however often a batch is done, and what can't be repeated says why", async () => {
  const { id, launch, begin, tick, find, statuses } = await createDeployment();
  const runs = [await launch(), await launch(), await launch()];
  for (const run of runs) await terminateRun(db, id, run.id);
  await db
    .updateTable("run")
    .set({ job_name: "gone" })
    .where("id", "=", runs[0]?.id ?? "")
    .execute();

  const operation = await begin("REEXECUTE", { statuses: ["CANCELED", "QUEUED"] }, "ALL_STEPS");
  await tick();
  // As after a crash between the launches and the note of them.
  await db
    .updateTable("bulk_operation")
    .set({
      status: "RUNNING",
      last_run_id: null,
      last_run_created_at: null,
      done: 0,
      refused: 0,
      refusals: "[]",
    })
    .execute();
  await tick();

  expect(await find(operation.id)).toMatchObject({
    status: "DONE",
    total: 3,
    done: 2,
    refused: 1,
    refusals: [{ runId: runs[0]?.id, message: expect.stringMatching(/gone/) }],
  });
  expect((await statuses()).filter((status) => status === "QUEUED")).toHaveLength(2);
});

test("runs that have ended are deleted with all that was stored of them, those that have not stay", async () => {
  const { id, launch, begin, tick, find, statuses } = await createDeployment();
  const run = await launch();
  await terminateRun(db, id, run.id);
  await launch();

  const operation = await begin("DELETE", {});
  await tick();

  expect(await find(operation.id)).toMatchObject({ status: "DONE", total: 1, done: 1 });
  expect(await statuses()).toEqual(["QUEUED"]);
  const events = await db.selectFrom("run_event").select("run_id").where("run_id", "=", run.id).execute();
  expect(events).toEqual([]);
});

test("an operation that is stopped does nothing more", async () => {
  const { id, launch, begin, tick, find, statuses } = await createDeployment();
  await launch();
  const operation = await begin("CANCEL", {});

  await stopBulkOperation(db, id, operation.id);
  await tick();

  expect(await find(operation.id)).toMatchObject({ status: "STOPPED", done: 0 });
  expect(await statuses()).toEqual(["QUEUED"]);
});

test("what has happened to assets is forgotten, of those alone that were chosen, also where nothing defines them any more", async () => {
  const { id, beginWipe, make, known, tick, find } = await createDeployment();
  const raw = ["raw/a", "raw/b"].map((key) => ({ key, group: "raw", executable: true, stepKey: key }));
  const report = { key: "report", executable: true, stepKey: "report", dependencies: [{ key: "raw/a" }] };
  await serveLocation(db, "lake", { assets: [...raw, report, { key: "fresh", group: "raw" }] }, id);
  await make("raw/a", "raw/b", "report", "old/one", "old/two", ...many(30));

  const operations = [
    await beginWipe(null, "group:raw"),
    await beginWipe(["old/one"], null),
    await beginWipe(null, "key:many/*"),
  ];
  expect(operations.map(({ status, total }) => [status, total])).toEqual([
    ["RUNNING", 2],
    ["RUNNING", 1],
    ["RUNNING", 30],
  ]);
  await tick();

  expect((await known()).toSorted()).toEqual(["old/two", "report"]);
  for (const { id: operation, total } of operations)
    expect(await find(operation)).toMatchObject({ status: "DONE", total, done: total, refused: 0 });
});

function many(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `many/${index}`);
}

test.each([
  [["raw/b", "raw/d"], null, /^Nothing is known of an asset "raw\/d"/],
  [null, "group:", /^`selection`: .*\n {2}group:/],
  [null, "status:failed", /^`selection`: /],
  [["raw/b"], "*", /by `keys` or by `selection`, one of the two/],
  [null, null, /by `keys` or by `selection`, one of the two/],
] as const)("a wipe of the keys %j and the selection %j is refused", async (keys, selection, message) => {
  const { beginWipe, make } = await createDeployment();
  await make("raw/b");

  await expect(beginWipe(keys === null ? null : [...keys], selection)).rejects.toThrow(message);
});

test("a wipe that is stopped forgets nothing more, and one that is taken up again goes on where it was", async () => {
  const { beginWipe, make, known, tick, find } = await createDeployment();
  await make("a", "b", "c");
  const { id } = await beginWipe(["a", "b", "c"], null);
  await db.updateTable("bulk_operation").set({ done: 1 }).where("id", "=", id).execute();
  await tick();
  expect(await known()).toEqual(["a"]);
  expect(await find(id)).toMatchObject({ status: "DONE", done: 3 });

  const stopped = await beginWipe(["a"], null);
  await stopBulkOperation(db, stopped.deploymentId, stopped.id);
  await tick();
  expect(await known()).toEqual(["a"]);
});
