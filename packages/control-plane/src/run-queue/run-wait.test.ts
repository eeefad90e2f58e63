import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { systemClock } from "@millrace/model/time/clock";
import { afterAll, expect, test } from "vitest";
import { parseSettingsInput } from "../deployments/settings.ts";
import { pauseRuns } from "../locations/change-location-store.ts";
import { claimSlot } from "../pools/claim-slot.ts";
import { setPoolLimit } from "../pools/pool-store.ts";
import { findRun, type Run } from "../runs/run-store.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { launchInput, launchTestRun, serveLocation } from "../testing/test-runs.ts";
import { createWakeBus } from "../wake/wake-bus.ts";
import { dequeueRuns } from "./dequeue-runs.ts";
import { listRunWaits } from "./run-wait.ts";

const { db } = await createTestDatabase();
const bus = createWakeBus(systemClock);
afterAll(() => bus.end());

const DEFINITIONS = {
  jobs: [
    { name: "plain", steps: [{ key: "tell", kind: "op" }] },
    { name: "load", steps: [{ key: "read", kind: "op", pool: "db" }] },
  ],
};

/** A deployment with settings as they are stored, whose queue is looked at once after each launch. */
async function createDeployment(settings: object) {
  const id = randomUUID();
  await db
    .insertInto("deployment")
    .values({ id, name: id, settings: JSON.stringify(settings) })
    .execute();
  await serveLocation(db, "shop", DEFINITIONS, id);
  const launch = async (jobName: string, tags: Readonly<Record<string, string>> = {}): Promise<Run> => {
    const run = await launchTestRun(db, id, launchInput({ jobName, tags }));
    await dequeueRuns(db, id, parseSettingsInput(settings));
    const found = await findRun(db, id, run.id);
    if (found === null) throw new Error(`Run ${run.id} is not there`);
    return found;
  };
  return { id, launch };
}

test("too many runs: whichever ends first makes room", async () => {
  const { launch } = await createDeployment({ max_concurrent_runs: 1 });
  const holder = await launch("plain");

  expect(await listRunWaits(db, await launch("plain"))).toEqual([
    {
      kind: "deployment",
      message: "The limit of active runs is 1 (max_concurrent_runs)",
      stepKey: null,
      limit: 1,
      holderIds: [holder.id],
    },
  ]);
});

test("a tag that is full, also where there are too many runs anyway", async () => {
  const { launch } = await createDeployment({
    max_concurrent_runs: 2,
    tag_concurrency_limits: [{ key: "customer", per_unique_value: true, limit: 1 }],
  });
  const holder = await launch("plain", { customer: "x" });
  await launch("plain");

  expect(await listRunWaits(db, await launch("plain", { customer: "x" }))).toMatchObject([
    {
      kind: "tag",
      message: "The limit of active runs with the tag customer=x is 1 (tag_concurrency_limits)",
      holderIds: [holder.id],
    },
  ]);
});

test("a paused location, until its runs may start again", async () => {
  const { id, launch } = await createDeployment({});
  await pauseRuns(db, id, "shop", true);
  const run = await launch("plain");
  expect(await listRunWaits(db, run)).toMatchObject([
    { kind: "location", message: "Code location shop is paused", holderIds: [] },
  ]);

  await pauseRuns(db, id, "shop", false);

  expect(await listRunWaits(db, run)).toMatchObject([{ kind: "coordinator" }]);
});

test("a pool without a free slot: of those who have one, and in the run that waits for the step's", async () => {
  const { id, launch } = await createDeployment({});
  await setPoolLimit(db, id, "db", 1);
  const [holder, waiting] = [await launch("load"), await launch("load")];
  const claim = (runId: string) =>
    claimSlot(
      createTestContext(db, { bus }),
      { deploymentId: id, runId, attempt: 1, stepKey: "read", pool: "db" },
      { waitMs: 0, signal: new AbortController().signal },
    );
  const expected = {
    kind: "pools",
    message: "The run begins with steps of pool db, which has no slot free",
    limit: 1,
    holderIds: [holder.id],
  };

  // The holder is about to claim its slot, then it has it.
  expect(await listRunWaits(db, waiting)).toMatchObject([expected]);
  await claim(holder.id);
  await sql`update run set status = 'STARTED' where id = ${holder.id}`.execute(db);
  expect(await listRunWaits(db, waiting)).toMatchObject([expected]);

  await setPoolLimit(db, id, "db", 2);
  await dequeueRuns(db, id, parseSettingsInput({}));
  await setPoolLimit(db, id, "db", 1);
  await claim(waiting.id);
  expect(await listRunWaits(db, { ...waiting, status: "STARTED", attempt: 1 })).toMatchObject([
    { kind: "agent" },
    {
      kind: "slot",
      message: "Step read waits for a slot of pool db",
      stepKey: "read",
      holderIds: [holder.id],
    },
  ]);
});

test("where pools count runs, each run that has a step of it", async () => {
  const { launch } = await createDeployment({ pool_granularity: "run", pool_default_limit: 1 });
  const holder = await launch("load");

  expect(await listRunWaits(db, await launch("load"))).toMatchObject([
    { kind: "pools", message: "Pool db has no slot free for another run", holderIds: [holder.id] },
  ]);
});

test("a run whose steps wait until a time waits for that, and then for room like a queued one", async () => {
  const { launch } = await createDeployment({ max_concurrent_runs: 1 });
  const run: Run = { ...(await launch("plain")), status: "STARTED" };
  const later = new Date(Date.now() + 3_600_000);

  expect(await listRunWaits(db, { ...run, waitingUntil: later })).toMatchObject([
    {
      kind: "time",
      message: `Steps of the run wait until ${later.toISOString()}; meanwhile it has no worker and no slot`,
    },
  ]);
  expect(await listRunWaits(db, { ...run, waitingUntil: new Date(0) })).toMatchObject([
    { kind: "deployment", holderIds: [run.id] },
  ]);
});

test("a run that starts waits for an agent of its queue, of which there may be none", async () => {
  const { id, launch } = await createDeployment({});
  const run = await launch("plain");
  expect(await listRunWaits(db, run)).toMatchObject([
    { kind: "agent", message: "The run waits for an agent of queue default: there is none now" },
  ]);

  const now = sql<Date>`now()`;
  await db
    .insertInto("agent")
    .values({
      deployment_id: id,
      id: "a1",
      name: "east",
      kind: "process",
      version: "1",
      hostname: "h",
      queues: ["default"],
      started_at: now,
      last_heartbeat_at: now,
    })
    .execute();

  expect(await listRunWaits(db, run)).toMatchObject([
    { message: "The run waits for an agent of queue default: east has not taken it yet" },
  ]);

  await sql`update work_item set error = '{"message": "There is no room left"}' where payload ->> 'runId' = ${run.id}`.execute(
    db,
  );
  expect(await listRunWaits(db, run)).toMatchObject([
    { message: "The run could not be launched and will be tried again: There is no room left" },
  ]);
});
