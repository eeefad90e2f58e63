import { sql } from "kysely";
import { expect, test } from "vitest";
import { removeCodeLocation } from "../locations/change-location-store.ts";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import { serveLocation, SHOP, TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { switchInstigator } from "./switch-instigator.ts";
import { syncInstigators } from "./sync-instigators.ts";

const { db, advance } = await createSimulatedDatabase(); // 2025-01-01T00:00Z
const nightly = { name: "nightly", cron: ["0 3 * * *"], timezone: "UTC", jobName: "hello" };
const ofNightly = {
  deploymentId: TEST_DEPLOYMENT,
  locationName: "shop",
  kind: "schedule",
  name: "nightly",
} as const;

async function serve(...schedules: readonly object[]): Promise<void> {
  await serveLocation(db, "shop", { ...SHOP, schedules: [...schedules] });
  await syncInstigators(db, TEST_DEPLOYMENT);
}

async function list(): Promise<object[]> {
  const { rows } = await sql<object>`
    select name, switched, to_char(next_due at time zone 'UTC', 'MM-DD HH24:MI') as next, problem from instigator order by name`.execute(
    db,
  );
  return rows;
}

test("schedules are known as they are served, switched by hand, and again after their location was removed", async () => {
  await serve(nightly);
  expect(await list()).toEqual([{ name: "nightly", switched: null, next: null, problem: null }]);

  await switchInstigator(db, ofNightly, "running");
  expect(await list()).toMatchObject([{ switched: "running", next: "01-01 03:00" }]);

  await removeCodeLocation(db, TEST_DEPLOYMENT, "shop");
  await syncInstigators(db, TEST_DEPLOYMENT);
  expect(await list()).toMatchObject([{ switched: "running", next: null }]);
  await expect(switchInstigator(db, ofNightly, null)).rejects.toThrow('There is no schedule "nightly"');

  await advance(4 * 3_600);
  await serve({ ...nightly, runningByDefault: true });
  expect(await list()).toMatchObject([{ switched: "running", next: "01-02 03:00" }]);

  await switchInstigator(db, ofNightly, "stopped");
  expect(await list()).toMatchObject([{ switched: "stopped", next: null }]);
  await switchInstigator(db, ofNightly, null);
  expect(await list()).toMatchObject([{ switched: null, next: "01-02 03:00" }]);
});

test("what can't tick as it is defined says why, and hinders nothing else", async () => {
  const twisted = { ...nightly, name: "twisted", cron: ["0 99 * * *"], runningByDefault: true };
  await serve({ ...nightly, runningByDefault: true }, twisted);
  expect(await list()).toMatchObject([
    { name: "nightly", next: "01-02 03:00" },
    { name: "twisted", next: null, problem: expect.stringContaining("99") },
  ]);
});
