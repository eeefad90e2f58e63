import { UnknownDefinition } from "../../api/unknown-definition.ts";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../testing/test-database.ts";
import { launchInput, serveLocation, TEST_DEPLOYMENT, launchTestRun } from "../../testing/test-runs.ts";

const { db } = await createTestDatabase();
await serveLocation(db, "bakery", {
  assets: [
    { key: "bread", executable: true, stepKey: "oven" },
    { key: "cake", executable: true, stepKey: "oven" },
  ],
  checks: [
    { assetKey: "bread", name: "risen", stepKey: "oven" },
    { assetKey: "bread", name: "sold", stepKey: "bread_sold" },
  ],
  jobs: [
    {
      name: ASSET_JOB,
      implicit: true,
      assetKeys: ["bread", "cake"],
      checkKeys: ["bread:sold"],
      steps: [
        { key: "oven", kind: "asset" },
        { key: "bread_sold", kind: "check", upstream: ["oven"] },
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
