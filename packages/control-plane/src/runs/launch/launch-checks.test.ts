import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../testing/test-database.ts";
import { launchInput, serveLocation, TEST_DEPLOYMENT, launchTestRun } from "../../testing/test-runs.ts";

const { db } = await createTestDatabase();
const partitions = { json: JSON.stringify({ type: "static", keys: ["mon", "tue"] }) };
await serveLocation(db, "bakery", {
  assets: [
    { key: "bread", executable: true, stepKey: "oven" },
    { key: "cake", executable: true, stepKey: "oven" },
    { key: "rolls", executable: true, stepKey: "rolls", partitions },
  ],
  checks: [
    { assetKey: "bread", name: "risen", stepKey: "oven" },
    { assetKey: "bread", name: "sold", stepKey: "bread_sold" },
    { assetKey: "rolls", name: "counted", stepKey: "rolls_counted" },
    { assetKey: "rolls", name: "fresh", stepKey: "rolls_fresh", unpartitioned: true },
  ],
  jobs: [
    {
      name: ASSET_JOB,
      implicit: true,
      assetKeys: ["bread", "cake", "rolls"],
      checkKeys: ["bread:sold", "rolls:counted", "rolls:fresh"],
      steps: [
        { key: "oven", kind: "asset" },
        { key: "bread_sold", kind: "check", upstream: ["oven"] },
        { key: "rolls", kind: "asset" },
        { key: "rolls_counted", kind: "check", upstream: ["rolls"] },
        { key: "rolls_fresh", kind: "check", upstream: ["rolls"] },
      ],
    },
    { name: "bake", assetKeys: ["bread"], steps: [{ key: "oven", kind: "asset" }] },
  ],
});

const launch = (change: Parameters<typeof launchInput>[0]) =>
  launchTestRun(db, TEST_DEPLOYMENT, launchInput({ jobName: null, ...change }));

test.each([
  ["alone", { checkSelection: ["bread:risen"] }],
  ["in a job", { jobName: "bake", checkSelection: ["bread:risen"] }],
  ["beside a check that has a step", { checkSelection: ["bread:sold", "bread:risen"] }],
  ["beside another asset of the step", { assetSelection: ["cake"], checkSelection: ["bread:risen"] }],
])(
  "a check that its asset's step evaluates is not launched without the asset: %s",
  async (_where, change) => {
    await expect(launch(change)).rejects.toThrow(UnknownDefinition);
    await expect(launch(change)).rejects.toThrow(
      'Check "bread:risen" has no step of its own: the step that makes asset "bread" evaluates it. ' +
        'Materialize the asset: put "bread" into `assetSelection` too',
    );
  },
);

test("a check that its asset's step evaluates is launched along with the asset", async () => {
  expect(await launch({ assetSelection: ["bread"], checkSelection: ["bread:risen"] })).toMatchObject({
    assetKeys: ["bread"],
    checkSelection: ["bread:risen"],
  });
});

test("a check of a partition is launched alone for one, and not without", async () => {
  expect(await launch({ checkSelection: ["rolls:counted"], partitionKey: "mon" })).toMatchObject({
    assetKeys: [],
    partitionKey: "mon",
  });
  await expect(launch({ checkSelection: ["rolls:counted"] })).rejects.toThrow(
    'Asset "rolls" is partitioned: give a `partitionKey` or a `partitionRange`',
  );
  await expect(launch({ checkSelection: ["rolls:counted"], partitionKey: "sun" })).rejects.toThrow("sun");
});

test("a check of an asset with all its partitions is launched without one", async () => {
  expect(await launch({ checkSelection: ["rolls:fresh"] })).toMatchObject({ partitionKey: null });
});
