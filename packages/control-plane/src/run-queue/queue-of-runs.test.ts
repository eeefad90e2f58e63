import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { countBuffers } from "../testing/count-buffers.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { parseSettingsInput } from "../deployments/settings.ts";
import { removeCodeLocation } from "../locations/change-location-store.ts";
import { dequeueRuns } from "./dequeue-runs.ts";
import { listRuns } from "../runs/list-runs.ts";
import { countUnfinishedRuns, findRun } from "../runs/run-store.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { launchInput, serveLocation, SHOP, TEST_SETTINGS, launchTestRun } from "../testing/test-runs.ts";
import { terminateRun } from "../runs/ending/terminate-run.ts";

const { db } = await createTestDatabase();

/** Each test has a deployment of its own. */
async function createDeployment(): Promise<string> {
  const id = randomUUID();
  await db.insertInto("deployment").values({ id, name: id }).execute();
  await serveLocation(db, "shop", SHOP, id);
  return id;
}

/** A job whose first step needs a slot of pool `db`. */
const POOLED = {
  jobs: [
    {
      name: "load",
      steps: [
        { key: "read", kind: "op", pool: "db" },
        { key: "tell", kind: "op", upstream: ["read"] },
      ],
    },
  ],
};

async function setPaused(deployment: string, name: string, paused: boolean): Promise<void> {
  await db
    .updateTable("code_location")
    .set({ runs_paused_at: paused ? sql`now()` : null })
    .where("deployment_id", "=", deployment)
    .where("name", "=", name)
    .execute();
}

const limitedTo = (limit: number) => parseSettingsInput({ max_concurrent_runs: limit });
const statuses = async (deployment: string) =>
  (await listRuns(db, deployment, {}, null, 1_000)).nodes.map(({ status }) => status).toSorted();

describe("the queue", () => {
  test("starts as many runs as the limit lets, in the order of priority and submission", async () => {
    const deployment = await createDeployment();
    const ids: string[] = [];
    for (const priority of ["0", "0", "5", "x"]) {
      ids.push(
        (await launchTestRun(db, deployment, launchInput({ tags: { "millrace/priority": priority } }))).id,
      );
    }

    expect(await dequeueRuns(db, deployment, limitedTo(2))).toBe(2);

    const started = await listRuns(db, deployment, { statuses: ["STARTING"] }, null, 10);
    expect(new Set(started.nodes.map(({ id }) => id))).toEqual(new Set([ids[0], ids[2]]));
    expect(await dequeueRuns(db, deployment, limitedTo(2))).toBe(0);
    expect(await countUnfinishedRuns(db, deployment)).toMatchObject({ queued: 2, active: 2 });
  });

  test("replicas that start runs at once together keep the limit and start each run once", async () => {
    const deployment = await createDeployment();
    for (let index = 0; index < 20; index++) await launchTestRun(db, deployment, launchInput());

    const started = await Promise.all(
      Array.from({ length: 8 }, () => dequeueRuns(db, deployment, limitedTo(7))),
    );

    expect(started.reduce((sum, count) => sum + count, 0)).toBe(7);
    const items = await db
      .selectFrom("work_item")
      .select("id")
      .where("deployment_id", "=", deployment)
      .execute();
    expect(items).toHaveLength(7);
    expect((await statuses(deployment)).filter((status) => status === "STARTING")).toHaveLength(7);
  });

  test("limits for tags hold back what they are for and let the others pass, over many pages", async () => {
    const deployment = await createDeployment();
    await db.transaction().execute(async (trx) => {
      for (let index = 0; index < 1_005; index++)
        await launchTestRun(trx, deployment, launchInput({ tags: { customer: "big" } }));
      await launchTestRun(trx, deployment, launchInput({ tags: { customer: "small" } }));
    });
    const settings = parseSettingsInput({
      max_concurrent_runs: 10,
      tag_concurrency_limits: [{ key: "customer", per_unique_value: true, limit: 2 }],
    });

    expect(await dequeueRuns(db, deployment, settings)).toBe(3);
    expect(await dequeueRuns(db, deployment, settings)).toBe(0);
  });

  test("runs that are held back are looked at again when there is room where they wait, in their order", async () => {
    const deployment = await createDeployment();
    const launch = async (customer: string, priority = "0") =>
      (
        await launchTestRun(
          db,
          deployment,
          launchInput({ tags: { customer, "millrace/priority": priority } }),
        )
      ).id;
    const limits = (limit: number) =>
      parseSettingsInput({
        max_concurrent_runs: 100,
        tag_concurrency_limits: [{ key: "customer", per_unique_value: true, limit }],
      });
    const first = [await launch("x"), await launch("y")];
    const started = async () =>
      (await listRuns(db, deployment, { statuses: ["STARTING"] }, null, 10)).nodes.map(({ id }) => id);

    expect(await dequeueRuns(db, deployment, limits(1))).toBe(2);
    const held = [await launch("x"), await launch("x", "3"), await launch("x")];
    expect(new Set(await started())).toEqual(new Set(first));
    expect(await dequeueRuns(db, deployment, limits(1))).toBe(0);

    expect(await dequeueRuns(db, deployment, limits(3))).toBe(2);
    expect(new Set(await started())).toEqual(new Set([...first, held[0], held[1]]));
    // Without limits, what has held them back does not matter any more.
    expect(await dequeueRuns(db, deployment, limitedTo(100))).toBe(1);
  });

  test("a run waits for its pools, and for its location while that is paused", async () => {
    const deployment = await createDeployment();
    await serveLocation(db, "pooled", POOLED, deployment);
    await db.insertInto("pool").values({ deployment_id: deployment, name: "db", slot_limit: 1 }).execute();
    const load = launchInput({ jobName: "load", locationName: "pooled" });
    await launchTestRun(db, deployment, load);
    const second = await launchTestRun(db, deployment, load);
    const other = await launchTestRun(db, deployment, launchInput());
    await setPaused(deployment, "shop", true);

    expect(await dequeueRuns(db, deployment, limitedTo(10))).toBe(1);
    expect(await statuses(deployment)).toEqual(["QUEUED", "QUEUED", "STARTING"]);

    await setPaused(deployment, "shop", false);
    expect(await dequeueRuns(db, deployment, limitedTo(10))).toBe(1);
    expect(await findRun(db, deployment, other.id)).toMatchObject({ status: "STARTING" });
    await db.updateTable("pool").set({ slot_limit: 2 }).where("deployment_id", "=", deployment).execute();
    expect(await dequeueRuns(db, deployment, limitedTo(10))).toBe(1);
    expect(await findRun(db, deployment, second.id)).toMatchObject({ status: "STARTING" });
  });

  describe("in a fair order", () => {
    const FAIR = { queue_order: "fair", max_concurrent_runs: 4 };
    const started = async (deployment: string) =>
      (await listRuns(db, deployment, { statuses: ["STARTING"] }, null, 1_000)).nodes
        .map(({ locationName }) => locationName)
        .toSorted();

    test("locations take turns, however many runs of one were there before", async () => {
      const deployment = await createDeployment();
      await serveLocation(db, "depot", SHOP, deployment);
      for (let index = 0; index < 8; index++)
        await launchTestRun(db, deployment, launchInput({ locationName: "shop" }));
      for (let index = 0; index < 2; index++)
        await launchTestRun(db, deployment, launchInput({ locationName: "depot" }));

      expect(await dequeueRuns(db, deployment, parseSettingsInput(FAIR))).toBe(4);
      expect(await started(deployment)).toEqual(["depot", "depot", "shop", "shop"]);
      expect(
        await dequeueRuns(db, deployment, parseSettingsInput({ ...FAIR, max_concurrent_runs: 20 })),
      ).toBe(6);
    });

    test("they do so where a limit holds back thousands, and a decision reads no more of these than of a few", async () => {
      const limits = {
        ...FAIR,
        tag_concurrency_limits: [{ key: "customer", per_unique_value: true, limit: 2 }],
      };
      const settings = parseSettingsInput(limits);
      const waitFor = async (size: number) => {
        const deployment = await createDeployment();
        await serveLocation(db, "depot", SHOP, deployment);
        await sql`
          insert into run (id, deployment_id, location_name, job_name, status, tags, origin_kind, event_count, created_at)
          select gen_random_uuid(), ${deployment}, 'shop', 'everything', 'QUEUED', '{"customer":"big"}', 'user', 1, now() - interval '1 hour'
          from generate_series(1, ${size}::integer)`.execute(db);
        const late = launchInput({ locationName: "depot", tags: { customer: "big" } });
        for (let index = 0; index < 2; index++) await launchTestRun(db, deployment, late);
        return deployment;
      };
      const [few, many] = [await waitFor(20), await waitFor(2_000)];

      for (const deployment of [few, many]) {
        expect(await dequeueRuns(db, deployment, settings)).toBe(2);
        expect(await started(deployment)).toEqual(["depot", "shop"]);
      }
      await sql`vacuum analyze run`.execute(db);
      const decide = (deployment: string) =>
        countBuffers(db, (watched) => dequeueRuns(watched, deployment, settings));
      const [costOfFew, costOfMany] = [await decide(few), await decide(many)];
      expect(costOfFew).toBeGreaterThan(0);
      expect(costOfMany).toBeLessThan(costOfFew + 20);

      const more = parseSettingsInput({ ...limits, tag_concurrency_limits: [] });
      expect(await dequeueRuns(db, many, more)).toBe(2);
      expect(await started(many)).toEqual(["depot", "depot", "shop", "shop"]);
    });
  });

  test("a run whose location was removed fails and says so", async () => {
    const deployment = await createDeployment();
    const { id } = await launchTestRun(db, deployment, launchInput());
    await removeCodeLocation(db, deployment, "shop");

    await dequeueRuns(db, deployment, TEST_SETTINGS);

    expect(await findRun(db, deployment, id)).toMatchObject({
      status: "FAILURE",
      failureReason: "LAUNCH_FAILURE",
      failureMessage: expect.stringMatching(/shop was removed/),
    });
  });

  test("a run that is canceled at the same moment is either started or canceled, never both", async () => {
    const deployment = await createDeployment();
    const runs = await Promise.all(
      Array.from({ length: 12 }, () => launchTestRun(db, deployment, launchInput())),
    );

    const [started] = await Promise.all([
      dequeueRuns(db, deployment, TEST_SETTINGS),
      ...runs.map(({ id }) => terminateRun(db, deployment, id)),
    ]);

    expect(await statuses(deployment)).toEqual(runs.map(() => "CANCELED"));
    const items = await db
      .selectFrom("work_item")
      .select("state")
      .where("deployment_id", "=", deployment)
      .execute();
    expect(items.filter(({ state }) => state === "done")).toHaveLength(started);
  });
});

describe("terminating", () => {
  test("a queued run is canceled at once", async () => {
    const deployment = await createDeployment();
    const { id } = await launchTestRun(db, deployment, launchInput());

    expect(await terminateRun(db, deployment, id)).toEqual({ kind: "canceled" });
    expect(await dequeueRuns(db, deployment, TEST_SETTINGS)).toBe(0);
    expect(await terminateRun(db, deployment, id)).toEqual({ kind: "already_finished", status: "CANCELED" });
  });

  test("a run that no agent has got yet is canceled at once, and no agent gets it", async () => {
    const deployment = await createDeployment();
    const { id } = await launchTestRun(db, deployment, launchInput());
    await dequeueRuns(db, deployment, TEST_SETTINGS);

    expect(await terminateRun(db, deployment, id)).toEqual({ kind: "canceled" });

    const item = await db
      .selectFrom("work_item")
      .select(["state", "run_token"])
      .where("deployment_id", "=", deployment)
      .executeTakeFirstOrThrow();
    expect(item).toEqual({ state: "done", run_token: null });
    expect(
      await startAttempt(db, { runId: id, attempt: 1, workerId: "w1", place: "1@h", codeDigest: null }),
    ).toBe("SUPERSEDED");
  });

  test("a run that has started is being canceled, and its agent is asked to stop it, once", async () => {
    const deployment = await createDeployment();
    const { id } = await launchTestRun(db, deployment, launchInput());
    await dequeueRuns(db, deployment, TEST_SETTINGS);
    await db
      .updateTable("work_item")
      .set({ state: "done", agent_id: "agent-7" })
      .where("deployment_id", "=", deployment)
      .execute();

    const outcomes = await Promise.all([terminateRun(db, deployment, id), terminateRun(db, deployment, id)]);

    expect(outcomes).toEqual([{ kind: "terminating" }, { kind: "terminating" }]);
    expect(await findRun(db, deployment, id)).toMatchObject({ status: "CANCELING" });
    const items = await db
      .selectFrom("work_item")
      .select(["kind", "queue"])
      .where("deployment_id", "=", deployment)
      .where("state", "=", "pending")
      .execute();
    // In the queue of the agent that has the worker: another one could not reach it.
    expect(items).toEqual([{ kind: "terminate_run", queue: "agent:agent-7" }]);
  });

  test("a run of another deployment, or none, is not found", async () => {
    const deployment = await createDeployment();
    const { id } = await launchTestRun(db, deployment, launchInput());

    expect(await terminateRun(db, await createDeployment(), id)).toEqual({ kind: "not_found" });
    expect(await terminateRun(db, deployment, "no-id")).toEqual({ kind: "not_found" });
  });
});
