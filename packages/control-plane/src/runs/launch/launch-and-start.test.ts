import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { systemClock } from "@millrace/model/time/clock";
import { createTestDatabase } from "../../testing/test-database.ts";
import {
  LAUNCH_CONTEXT,
  launchInput,
  launchTestRun,
  serveLocation,
  SHOP,
  TEST_ORIGIN,
} from "../../testing/test-runs.ts";
import { listRuns } from "../list-runs.ts";
import { findRun } from "../run-store.ts";
import { launchAndStart } from "./launch-and-start.ts";
import { createClaimDesk } from "../../claims/claim-desk.ts";
import { claimWork, extendLeases } from "../../work/work-store.ts";

const { db } = await createTestDatabase();
const claims = createClaimDesk();

async function createDeployment(settings: object = {}): Promise<string> {
  const id = randomUUID();
  await db
    .insertInto("deployment")
    .values({ id, name: id, settings: JSON.stringify(settings) })
    .execute();
  await serveLocation(db, "shop", SHOP, id);
  return id;
}

function launch(deployment: string, tags: Readonly<Record<string, string>> = {}) {
  const request = { target: launchInput({ tags }), origin: TEST_ORIGIN, key: null, lineage: null };
  return launchAndStart(db, deployment, request, { ...LAUNCH_CONTEXT, claims });
}

async function countByStatus(deployment: string): Promise<Record<string, number>> {
  const { nodes } = await listRuns(db, deployment, {}, null, 1_000);
  return Object.fromEntries(
    Object.entries(Object.groupBy(nodes, ({ status }) => status)).map(([status, runs]) => [
      status,
      runs.length,
    ]),
  );
}

test("a run that finds a free slot waits for its worker at once", async () => {
  const deployment = await createDeployment();

  const { id, status } = await launch(deployment);

  expect(status).toBe("QUEUED");
  expect((await findRun(db, deployment, id))?.status).toBe("STARTING");
});

test("launches at once never take more slots than there are, and none is lost", async () => {
  const deployment = await createDeployment({ max_concurrent_runs: 3 });

  await Promise.all(Array.from({ length: 12 }, () => launch(deployment)));

  const { STARTING = 0, QUEUED = 0 } = await countByStatus(deployment);
  expect(STARTING).toBeGreaterThan(0);
  expect(STARTING).toBeLessThanOrEqual(3);
  expect(STARTING + QUEUED).toBe(12);
});

test("who has waited longer or is more urgent goes first", async () => {
  const deployment = await createDeployment({ max_concurrent_runs: 1 });
  const waiting = await launchTestRun(db, deployment, launchInput({ tags: { "millrace/priority": "1" } }));

  const { id } = await launch(deployment);

  expect((await findRun(db, deployment, waiting.id))?.status).toBe("STARTING");
  expect((await findRun(db, deployment, id))?.status).toBe("QUEUED");
});

test("limits for tags, and whoever is at the queue, are waited for in the queue, not by the launch", async () => {
  const limited = await createDeployment({ tag_concurrency_limits: [{ key: "db", limit: 1 }] });
  const busy = await createDeployment();

  await launch(limited, { db: "x" });
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`dequeue ${busy}`}, 0))`.execute(trx);
    await launch(busy);
  });

  expect(await countByStatus(limited)).toEqual({ QUEUED: 1 });
  expect(await countByStatus(busy)).toEqual({ QUEUED: 1 });
});

test("a launch that is refused stores nothing", async () => {
  const deployment = await createDeployment();
  const target = launchInput({ jobName: "nobody" });

  const refusal = launchAndStart(
    db,
    deployment,
    { target, origin: TEST_ORIGIN, key: null, lineage: null },
    { ...LAUNCH_CONTEXT, claims },
  );

  await expect(refusal).rejects.toThrow(/nobody/);
  expect(await countByStatus(deployment)).toEqual({});
});

test("an agent that waits for work in this replica has the launch once it is committed, just as if it had claimed it", async () => {
  const deployment = await createDeployment();
  const claim = { deploymentId: deployment, agentId: "a", queues: ["default"], max: 5 };
  await launch(deployment);
  const [claimed] = await claimWork(db, claim);
  const open = claims.open(claim);

  const { id } = await launch(deployment);
  const given = await open.close(systemClock);

  const item = { kind: "launch_run", deliveries: 1, payload: { runToken: expect.stringMatching(/^mrr_/) } };
  expect(claimed).toMatchObject(item);
  expect(given).toMatchObject({ ...item, payload: { ...item.payload, runId: id, attempt: 1 } });
  expect(keysOf(given?.payload)).toEqual(keysOf(claimed?.payload));
  expect(await claimWork(db, { ...claim, agentId: "b" })).toEqual([]);
  expect(await extendLeases(db, deployment, "a", [given?.id ?? ""])).toEqual([given?.id]);
});

test("a claim whose token is good no more gets nothing, and the launch is left for others", async () => {
  const deployment = await createDeployment();
  const claim = { deploymentId: deployment, agentId: "a", queues: ["default"], max: 5 };
  const open = claims.open({ ...claim, tokenId: randomUUID() });

  const { id } = await launch(deployment);

  expect(await open.close(systemClock)).toBeNull();
  expect(await claimWork(db, claim)).toMatchObject([{ payload: { runId: id } }]);
});

function keysOf(payload: unknown): string[] {
  return Object.keys(payload ?? {}).toSorted();
}
