import type { RunEvent } from "@millrace/model/run-event";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { expect, test } from "vitest";
import { dequeueRuns } from "../../run-queue/dequeue-runs.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import {
  claimLaunch,
  getTestRun,
  launchInput,
  launchTestRun,
  lifeEvent,
  repeatTestRun,
  serveLocation,
  type SnapshotInit,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
} from "../../testing/test-runs.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import type { Run } from "../run-store.ts";
import { ALL_STEPS } from "./reexecute-run.ts";

const { db } = await createTestDatabase();

/** Orders, which are checked, and a report of them. `orders` is how the first of them is called. */
function shop(orders: string, renamedFrom: string[] = []): SnapshotInit {
  return {
    assets: [
      { key: orders, executable: true, stepKey: orders, renamedFrom },
      { key: "report", executable: true, stepKey: "report" },
    ],
    checks: [{ assetKey: orders, name: "whole", stepKey: `${orders}_whole` }],
    jobs: [
      {
        name: ASSET_JOB,
        implicit: true,
        assetKeys: [orders, "report"],
        checkKeys: [`${orders}:whole`],
        steps: [
          { key: orders, kind: "asset" },
          { key: `${orders}_whole`, kind: "check", upstream: [orders] },
          { key: "report", kind: "asset", upstream: [orders] },
        ],
      },
    ],
  };
}

const at = { timestamp: 1, message: "" };
const error = { name: "Error", message: "no", stack: null, cause: null };
const ends = (stepKey: string, failed = false): RunEvent[] => [
  { ...at, type: "STEP_START", stepKey, attempt: 1 },
  failed
    ? { ...at, type: "STEP_FAILURE", stepKey, error, metadata: {} }
    : { ...at, type: "STEP_SUCCESS", stepKey, durationMs: 1 },
];
const made = (assetKey: string): RunEvent => ({
  ...at,
  type: "ASSET_MATERIALIZATION",
  stepKey: assetKey,
  assetKey,
  partition: null,
  metadata: {},
  tags: {},
  dataVersion: null,
});

/** A run that made `raw`, did not come to its check and failed with `report`; since then `raw` is called `clean`. */
async function renamedSince(): Promise<Run> {
  await serveLocation(db, "shop", shop("raw"));
  const { id } = await launchTestRun(
    db,
    TEST_DEPLOYMENT,
    launchInput({ jobName: null, assetSelection: ["raw", "report"], checkSelection: ["raw:whole"] }),
  );
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
  await claimLaunch(db, id);
  const events: RunEvent[] = [
    lifeEvent("RUN_START"),
    made("raw"),
    ...ends("raw"),
    ...ends("report", true),
    { ...at, type: "RUN_FAILURE", reason: "STEP_FAILURE", error: null },
  ];
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events });
  await serveLocation(db, "shop", shop("clean", ["raw"]));
  return getTestRun(db, id);
}

test("the whole run is repeated under the keys of today", async () => {
  const run = await renamedSince();

  expect(await repeatTestRun(db, run.id, ALL_STEPS)).toMatchObject({
    assetSelection: ["clean", "report"],
    checkSelection: ["clean:whole"],
    assetKeys: ["clean", "report"],
  });
});

test("from failure, what succeeded under its former key is not executed again", async () => {
  const run = await renamedSince();

  const again = await repeatTestRun(db, run.id, { ...ALL_STEPS, strategy: "FROM_FAILURE" });

  expect(again.stepSelection).toEqual(["clean_whole", "report"]);
});

test("from failed assets, what was made under its former key is not missing", async () => {
  const run = await renamedSince();

  const again = await repeatTestRun(db, run.id, { ...ALL_STEPS, strategy: "FROM_ASSET_FAILURE" });

  expect(again).toMatchObject({ assetSelection: ["report"], checkSelection: ["clean:whole"] });
});

test("steps are chosen by the keys that they had in the run", async () => {
  const run = await renamedSince();

  const again = await repeatTestRun(db, run.id, {
    ...ALL_STEPS,
    strategy: "SELECTED_STEPS",
    stepSelection: ["raw"],
  });

  expect(again).toMatchObject({ stepSelection: ["clean"], assetKeys: ["clean"] });
});

test("an asset that is gone without another name is named in the refusal", async () => {
  const run = await renamedSince();
  await serveLocation(db, "shop", shop("new"));

  await expect(repeatTestRun(db, run.id, ALL_STEPS)).rejects.toThrow('There is no asset "raw"');
});
