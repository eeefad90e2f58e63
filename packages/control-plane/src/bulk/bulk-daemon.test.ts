import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { tickOnce } from "../daemons/tick-once.ts";
import { parseSettingsInput } from "../deployments/settings.ts";
import { dequeueRuns } from "../run-queue/dequeue-runs.ts";
import { terminateRun } from "../runs/ending/terminate-run.ts";
import { listRuns } from "../runs/list-runs.ts";
import type { RunFilter } from "../runs/run-filter.ts";
import { checkStoredHistories } from "../simulation/stored-history.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { launchInput, launchTestRun, serveLocation, SHOP, TEST_ORIGIN } from "../testing/test-runs.ts";
import type { BulkKind, BulkStrategy } from "./bulk-operation.ts";
import { bulkDaemon } from "./bulk-daemon.ts";
import { findBulkOperation, insertBulkOperation, stopBulkOperation } from "./bulk-store.ts";

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
        strategy,
        origin: TEST_ORIGIN,
      }),
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

test("a run is canceled with many others as it is alone", async () => {
  const { id, launch, begin, tick } = await createDeployment();
  const [one, other] = [await launch(), await launch()];
  await terminateRun(db, id, one.id);
  await begin("CANCEL", {});
  await tick();

  const rows = await db
    .selectFrom("run_event")
    .select(["run_id", sql`to_jsonb(run_event) - '{run_id,happened_at,stored_at,event}'::text[]`.as("event")])
    .where("run_id", "in", [one.id, other.id])
    .orderBy("position")
    .execute();
  const of = (runId: string) => rows.filter((row) => row.run_id === runId).map(({ event }) => event);
  expect(of(other.id)).toEqual(of(one.id));
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
    .set({ status: "RUNNING", last_run_id: null, done: 0, refused: 0, refusals: "[]" })
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

test("ten thousand runs are canceled within ten seconds", async () => {
  const { id, begin, tick, find } = await createDeployment();
  await sql`
    insert into run (id, deployment_id, location_name, job_name, status, origin_kind, event_count)
    select gen_random_uuid(), ${id}, 'shop', 'hello', 'QUEUED', 'user', 1 from generate_series(1, 10000)`.execute(
    db,
  );
  const operation = await begin("CANCEL", {});
  const startedAt = performance.now();

  await tick();

  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(await find(operation.id)).toMatchObject({ total: 10_000, done: 10_000, status: "DONE" });
});
