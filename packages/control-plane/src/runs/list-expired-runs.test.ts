import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import {
  launchAndDequeue,
  repeatTestRun,
  serveLocation,
  SHOP,
  TEST_DEPLOYMENT,
} from "../testing/test-runs.ts";
import { listExpiredRuns } from "./list-expired-runs.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "shop", SHOP);

async function runThatEnded(daysAgo: number): Promise<string> {
  const { id } = await launchAndDequeue(db);
  const ended_at = new Date(Date.now() - daysAgo * 86_400_000);
  await db.updateTable("run").set({ status: "FAILURE", ended_at }).where("id", "=", id).execute();
  return id;
}

const listExpired = (ids: readonly string[]) => listExpiredRuns(db, TEST_DEPLOYMENT, ids, 30);

test("values go that many days after the run has ended, and not before", async () => {
  const [old, recent] = [await runThatEnded(31), await runThatEnded(29)];
  const { id: unfinished } = await launchAndDequeue(db);

  expect(await listExpired([old, recent, unfinished])).toEqual([old]);
});

test("values of a run that is repeated stay as long as those of its youngest repetition", async () => {
  const first = await runThatEnded(100);
  const { id: again } = await repeatTestRun(db, first);
  expect(await listExpired([first, again])).toEqual([]);

  const ended_at = new Date(Date.now() - 40 * 86_400_000);
  await db.updateTable("run").set({ status: "SUCCESS", ended_at }).where("id", "=", again).execute();
  expect((await listExpired([first, again])).toSorted()).toEqual([first, again].toSorted());
});

test("a run that nobody knows is nobody's to repeat; what is no run's id is none", async () => {
  const unknown = randomUUID();
  expect(await listExpired([unknown, "cache"])).toEqual([unknown]);
  expect(await listExpiredRuns(db, "another", [await runThatEnded(1)], 30)).toHaveLength(1);
});
