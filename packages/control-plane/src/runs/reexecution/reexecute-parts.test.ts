import type { RunEvent } from "@millrace/model/run-event";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { expect, test } from "vitest";
import { dequeueRuns } from "../../run-queue/dequeue-runs.ts";
import { DBT, WHOLE_DBT } from "../../testing/test-dbt.ts";
import { createTestDatabase } from "../../testing/test-database.ts";
import {
  claimLaunch,
  getTestRun,
  launchInput,
  launchTestRun,
  lifeEvent,
  repeatTestRun,
  serveLocation,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
} from "../../testing/test-runs.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { listRunSteps } from "../steps/step-store.ts";
import type { Run } from "../run-store.ts";

const { db } = await createTestDatabase();

const at = { timestamp: 1, message: "" };
const ends = (stepKey: string, type: "STEP_SUCCESS" | "STEP_FAILURE"): RunEvent[] => [
  { ...at, type: "STEP_START", stepKey, attempt: 1 },
  type === "STEP_SUCCESS"
    ? { ...at, type, stepKey, durationMs: 1 }
    : {
        ...at,
        type,
        stepKey,
        error: { name: "Error", message: "no", stack: null, cause: null },
        metadata: {},
      },
];

/** A run in which `stg` was made, and `model` failed. */
async function failedRun(): Promise<Run> {
  const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput({ jobName: ASSET_JOB }));
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
  await claimLaunch(db, id);
  const events: RunEvent[] = [
    lifeEvent("RUN_START"),
    ...ends("dbt", "STEP_SUCCESS"),
    ...ends("model", "STEP_FAILURE"),
    { ...at, type: "RUN_FAILURE", reason: "STEP_FAILURE", error: null },
  ];
  await appendRunEvents(db, { runId: id, attempt: 1, firstSequence: 0, events });
  return getTestRun(db, id);
}
const fromFailure = (run: Run): Promise<Run> =>
  repeatTestRun(db, run.id, { strategy: "FROM_FAILURE", stepSelection: null, includeDownstream: false });

test("from failure, only those parts of a step run again that come after what failed", async () => {
  await serveLocation(db, "shop", DBT);
  const failed = await failedRun();

  const again = await fromFailure(failed);

  expect(again.stepSelection).toEqual(["model", "dbt_2"]);
  expect(again.assetKeys).toEqual(["mart", "model"]);
  expect((await listRunSteps(db, again)).map(({ key, upstream }) => [key, upstream])).toEqual([
    ["model", []],
    ["dbt_2", ["model"]],
  ]);
});

test("a step that makes more since then, as nothing comes between any more, runs again", async () => {
  await serveLocation(db, "shop", DBT);
  const failed = await failedRun();
  await serveLocation(db, "shop", WHOLE_DBT);

  const again = await fromFailure(failed);

  expect(again.stepSelection).toEqual(["dbt", "model"]);
});

test("a part is chosen by its key", async () => {
  await serveLocation(db, "shop", DBT);

  const run = await launchTestRun(
    db,
    TEST_DEPLOYMENT,
    launchInput({ jobName: ASSET_JOB, stepSelection: ["dbt_2"] }),
  );

  expect(run.assetKeys).toEqual(["mart"]);
});
