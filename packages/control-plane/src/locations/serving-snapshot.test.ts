import { expect, test } from "vitest";
import { getAssetCatalog } from "../assets/catalog/asset-catalog.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { launchInput, serveLocation, TEST_DEPLOYMENT, launchTestRun } from "../testing/test-runs.ts";
import { watchQueries } from "../testing/watch-queries.ts";

const { db } = await createTestDatabase();

const LOCATIONS = 40;
for (let index = 0; index < LOCATIONS; index++) {
  await serveLocation(db, `location-${index}`, {
    assets: [{ key: `asset_${index}`, executable: true, stepKey: `asset_${index}` }],
    jobs: [{ name: `job_${index}`, steps: [{ key: "greet", kind: "op" }] }],
  });
}

const readsOf = (pattern: RegExp, { queries }: ReturnType<typeof watchQueries>) =>
  queries.map(({ sql }) => sql).filter((text) => pattern.test(text));
const SNAPSHOT = /from "snapshot"/;

test("the definitions of forty locations are read once", async () => {
  const first = watchQueries(db);
  expect((await getAssetCatalog(first.db, TEST_DEPLOYMENT)).assets.size).toBe(LOCATIONS);
  expect(readsOf(SNAPSHOT, first)).toHaveLength(LOCATIONS);

  const second = watchQueries(db);
  expect((await getAssetCatalog(second.db, TEST_DEPLOYMENT)).assets.size).toBe(LOCATIONS);
  await launchTestRun(second.db, TEST_DEPLOYMENT, launchInput({ jobName: "job_7" }));
  await launchTestRun(
    second.db,
    TEST_DEPLOYMENT,
    launchInput({ locationName: "location-8", jobName: "job_8" }),
  );
  expect(second.queries.length).toBeGreaterThan(3);
  expect(readsOf(SNAPSHOT, second)).toEqual([]);
});

test("a launch that names its location looks at that one only; one that names none that is there says which may be meant", async () => {
  const watched = watchQueries(db);
  await launchTestRun(
    watched.db,
    TEST_DEPLOYMENT,
    launchInput({ locationName: "location-9", jobName: "job_9" }),
  );
  const serving = readsOf(/serving_version_id/, watched);
  expect(serving).toEqual([expect.stringContaining('"code_location"."name" =')]);

  await expect(
    launchTestRun(db, TEST_DEPLOYMENT, launchInput({ locationName: "locatoin-39", jobName: "job_9" })),
  ).rejects.toThrow(/no code location "locatoin-39".*did you mean "location-39"/);
});
