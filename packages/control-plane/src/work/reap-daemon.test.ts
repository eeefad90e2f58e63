import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import { NO_SENSED_EVENTS } from "@millrace/model/sensed-events";
import type { Work } from "@millrace/model/runs/work-item";
import { tickOnce } from "../daemons/tick-once.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import {
  getTestRun,
  launchAndDequeue,
  serveLocation,
  SHOP,
  TEST_WORK_EFFECTS,
} from "../testing/test-runs.ts";
import { enqueueWork } from "./enqueue-work.ts";
import type { WorkEffects } from "./work-effects.ts";
import { createReapDaemon } from "./reap-daemon.ts";
import { claimWork, findWorkItem } from "./work-store.ts";

const { db, advance } = await createSimulatedDatabase();
await serveLocation(db, "shop", SHOP);
const context = createTestContext(db);
beforeEach(() => sql`truncate work_item, run cascade`.execute(db));

const sensorTick: Work = {
  kind: "evaluate_sensor",
  locationName: "shop",
  sensorName: "files",
  timeoutSeconds: 300,
  cursor: null,
  lastTickAt: null,
  events: NO_SENSED_EVENTS,
  eventCursor: null,
};

test("work whose agent went silent is delivered again, unless nobody was there to hear the agent", async () => {
  const duty = { daemon: createReapDaemon(() => TEST_WORK_EFFECTS), deploymentId: "default" };
  const id = await enqueueWork(db, {
    deploymentId: "default",
    queue: "default",
    key: "one",
    work: sensorTick,
    withinSeconds: 600,
  });
  await claimWork(db, { deploymentId: "default", agentId: "a", queues: ["default"], max: 1 });

  await advance(300);
  await tickOnce(duty, context, "replica", true);
  expect(await findWorkItem(db, "default", id)).toMatchObject({ state: "claimed" });

  await advance(16);
  await tickOnce(duty, context, "replica");
  expect(await findWorkItem(db, "default", id)).toMatchObject({ state: "pending" });
});

test("a launch that no agent took until its deadline fails its run, and says so", async () => {
  const { id } = await launchAndDequeue(db);
  await sql`update work_item set queue = 'gpu'`.execute(db);
  await advance(301);

  await tickOnce(
    { daemon: createReapDaemon(() => TEST_WORK_EFFECTS), deploymentId: "default" },
    context,
    "replica",
  );

  expect(await getTestRun(db, id)).toMatchObject({
    status: "FAILURE",
    failureReason: "LAUNCH_FAILURE",
    failureMessage: expect.stringContaining('No agent has ever served queue "gpu"'),
  });
  const item = await db.selectFrom("work_item").selectAll().executeTakeFirst();
  expect(JSON.stringify(item)).not.toContain("mrr_");
});

test("an item that can't be given up keeps no other from it", async () => {
  const [poisonous, harmless] = [await launchAndDequeue(db), await launchAndDequeue(db)];
  await advance(301);
  const { launch_run: launch } = TEST_WORK_EFFECTS;
  const effects: WorkEffects = {
    ...TEST_WORK_EFFECTS,
    launch_run: {
      ...launch,
      onLost: (trx, item, loss) =>
        item.work.runId === poisonous.id
          ? Promise.reject(new Error("it is poisonous"))
          : launch.onLost(trx, item, loss),
    },
  };

  const report = await tickOnce(
    { daemon: createReapDaemon(() => effects), deploymentId: "default" },
    context,
    "replica",
  );

  expect(report).toMatchObject({ outcome: "failed", error: { message: "it is poisonous" } });
  expect(await getTestRun(db, harmless.id)).toMatchObject({ status: "FAILURE" });
});

test("a launch whose run was deleted meanwhile is given up, since nobody waits for it", async () => {
  const { id } = await launchAndDequeue(db);
  await advance(301);
  await sql`delete from run where id = ${id}`.execute(db);

  const daemon = createReapDaemon(() => TEST_WORK_EFFECTS);
  expect(await tickOnce({ daemon, deploymentId: "default" }, context, "replica")).toMatchObject({
    outcome: "done",
  });
  expect(await db.selectFrom("work_item").select("state").execute()).toEqual([{ state: "failed" }]);
});
