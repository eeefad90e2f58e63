import { sql } from "kysely";
import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { getDeployment, updateDeploymentSettings } from "./deployment-store.ts";
import { parseSettingsInput } from "./settings.ts";

const { db } = await createTestDatabase();

async function storeSettings(settings: unknown): Promise<void> {
  await sql`update deployment set settings = ${JSON.stringify(settings)}::jsonb`.execute(db);
}

test("a setting of a newer version is passed over, and stays when the others are replaced", async () => {
  await storeSettings({ pool_limits: { gpu: 1 }, standby_workers: 4 });
  const before = await getDeployment(db, "default");

  const after = await updateDeploymentSettings(db, "default", parseSettingsInput({ max_concurrent_runs: 3 }));

  expect(before.settings).toEqual(parseSettingsInput({ standby_workers: 4 }));
  expect(after.settings).toEqual(parseSettingsInput({ max_concurrent_runs: 3 }));
  const stored = await db.selectFrom("deployment").select("settings").executeTakeFirstOrThrow();
  expect(stored.settings).toMatchObject({
    pool_limits: { gpu: 1 },
    max_concurrent_runs: 3,
    standby_workers: 1,
  });
});

test("settings that are no object are replaced, and their defaults hold until then", async () => {
  await storeSettings(["nonsense"]);

  expect(await getDeployment(db, "default")).toMatchObject({
    settings: parseSettingsInput({}),
    settingsProblems: [{ setting: null, message: "The settings of a deployment must be an object" }],
  });
  await updateDeploymentSettings(db, "default", parseSettingsInput({ standby_workers: 2 }));
  expect((await getDeployment(db, "default")).settings.standbyWorkers).toBe(2);
});
