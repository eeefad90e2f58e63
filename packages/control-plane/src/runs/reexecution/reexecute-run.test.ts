import { describe, expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import type { LaunchRunWork } from "@millrace/model/runs/work-item";
import { createTestDatabase } from "../../testing/test-database.ts";
import { appendRunEvents } from "../fold/append-run-events.ts";
import { dequeueRuns } from "../../run-queue/dequeue-runs.ts";
import type { LaunchInput } from "../launch/launch-input.ts";
import { type ReexecutionRequest } from "./reexecute-run.ts";
import { listRunSteps } from "../steps/step-store.ts";
import type { Run } from "../run-store.ts";
import {
  claimLaunch,
  getTestRun,
  launchInput,
  lifeEvent,
  serveLocation,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
  type SnapshotInit,
  launchTestRun,
  repeatTestRun,
} from "../../testing/test-runs.ts";

const { db } = await createTestDatabase();

const mappedOver = { stepKey: "list", outputName: "result" };
const asset = (key: string) => ({ key, group: "default", executable: true, stepKey: key });
const partitions = { json: JSON.stringify({ type: "static", keys: ["mon", "tue", "wed"] }) };
/** `sums` lists, doubles each, adds up; `shop` makes three assets, one of them from a graph of ops, and checks two of them. */
const LOCATION = {
  assets: [
    asset("orders"),
    asset("report"),
    asset("copy"),
    { ...asset("daily"), partitions },
    { ...asset("totals"), partitions },
  ],
  checks: [
    { assetKey: "orders", name: "not_empty", stepKey: "orders_not_empty", blocking: true },
    { assetKey: "report", name: "has_rows", stepKey: "report", blocking: false },
  ],
  jobs: [
    {
      name: "sums",
      steps: [
        { key: "list", kind: "op", dynamicOutputs: ["result"] },
        { key: "other", kind: "op" },
        { key: "double", kind: "op", upstream: ["list"], mappedOver },
        { key: "sum", kind: "op", upstream: ["double"] },
      ],
    },
    {
      name: "days",
      assetKeys: ["daily", "totals"],
      steps: [
        { key: "daily", kind: "asset" },
        { key: "totals", kind: "asset", upstream: ["daily"] },
      ],
    },
    {
      name: "shop",
      assetKeys: ["orders", "report", "copy"],
      checkKeys: ["orders:not_empty"],
      steps: [
        { key: "orders", kind: "asset" },
        { key: "orders_not_empty", kind: "check", upstream: ["orders"] },
        { key: "copy.fetch", kind: "op", upstream: ["orders"] },
        { key: "copy", kind: "asset", upstream: ["copy.fetch", "orders"] },
        { key: "report", kind: "asset", upstream: ["orders", "orders_not_empty"] },
      ],
    },
  ],
} satisfies SnapshotInit;
await serveLocation(db, "shop", LOCATION);

const at = { timestamp: 1, message: "" };
const error = { name: "Error", message: "no", stack: null, cause: null };
const start = (stepKey: string): RunEvent => ({ ...at, type: "STEP_START", stepKey, attempt: 1 });
const emitted = (stepKey: string, mappingKey: string | null): RunEvent => ({
  ...at,
  type: "STEP_OUTPUT",
  stepKey,
  outputName: "result",
  mappingKey,
  metadata: {},
});
const succeeds = (stepKey: string, mappingKeys: readonly (string | null)[] = [null]): RunEvent[] => [
  start(stepKey),
  ...mappingKeys.map((mappingKey) => emitted(stepKey, mappingKey)),
  { ...at, type: "STEP_SUCCESS", stepKey, durationMs: 1 },
];
const fails = (stepKey: string): RunEvent[] => [
  start(stepKey),
  { ...at, type: "STEP_FAILURE", stepKey, error, metadata: {} },
];
const materialized = (assetKey: string, partition: string | null = null): RunEvent => ({
  ...at,
  type: "ASSET_MATERIALIZATION",
  stepKey: assetKey,
  assetKey,
  partition,
  metadata: {},
  tags: {},
  dataVersion: null,
});
const runFails: RunEvent = { ...at, type: "RUN_FAILURE", reason: "STEP_FAILURE", error: null };

/** Starts a queued run, as its worker would, and lets it say these things. */
async function work(runId: string, events: readonly RunEvent[]): Promise<LaunchRunWork> {
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
  const launch = await claimLaunch(db, runId);
  const said = [lifeEvent("RUN_START"), ...events];
  await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events: said });
  return launch;
}

async function runOf(change: Partial<LaunchInput>, events: readonly RunEvent[]): Promise<Run> {
  const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput(change));
  await work(id, events);
  return getTestRun(db, id);
}

/** `sums` with three copies: one succeeded, one failed, one never started. */
const failedSums = () =>
  runOf({ jobName: "sums", tags: { team: "growth" } }, [
    ...succeeds("list", ["x", "y", "z"]),
    ...succeeds("other"),
    ...succeeds("double[x]"),
    ...fails("double[y]"),
    runFails,
  ]);

const reexecute = (run: Run, request: Partial<ReexecutionRequest>): Promise<Run> =>
  repeatTestRun(db, run.id, {
    strategy: "SELECTED_STEPS",
    stepSelection: null,
    includeDownstream: false,
    ...request,
  });
const fromFailure = (run: Run): Promise<Run> => reexecute(run, { strategy: "FROM_FAILURE" });

describe("from failure", () => {
  test("what failed, what never started and what follows runs again, reading the rest from the run before", async () => {
    const failed = await failedSums();

    const again = await fromFailure(failed);

    expect(again).toMatchObject({
      jobName: "sums",
      stepSelection: ["double[y]", "sum", "double[z]"],
      rootRunId: failed.id,
      parentRunId: failed.id,
      tags: { team: "growth", "millrace/reexecution": "from_failure" },
    });
    const { history } = await work(again.id, []);
    expect(history).toEqual({
      knownOutputs: {
        list: { result: ["x", "y", "z"] },
        other: { result: null },
        "double[x]": { result: null },
      },
      outputRuns: { list: failed.id, other: failed.id, "double[x]": failed.id },
      resume: null,
    });
  });

  test("through a chain of runs, each output is read from the run that stored it", async () => {
    const first = await failedSums();
    const second = await fromFailure(first);
    await work(second.id, [...succeeds("double[y]"), ...fails("double[z]"), runFails]);

    const third = await fromFailure(await getTestRun(db, second.id));

    expect(third).toMatchObject({
      rootRunId: first.id,
      parentRunId: second.id,
      stepSelection: ["double[z]", "sum"],
    });
    const { history } = await work(third.id, []);
    expect(history?.outputRuns).toEqual({
      list: first.id,
      other: first.id,
      "double[x]": first.id,
      "double[y]": second.id,
    });
  });

  test("all steps of a re-execution again are the same steps with the same outputs of others", async () => {
    const second = await fromFailure(await failedSums());
    const { history } = await work(second.id, []);

    const third = await repeatTestRun(db, second.id);

    expect(third.stepSelection).toEqual(second.stepSelection);
    expect((await work(third.id, [])).history).toEqual(history);
  });

  test("a run of selected assets repeats only steps of these, ops of their graphs included", async () => {
    const failed = await runOf({ jobName: "shop", assetSelection: ["orders", "copy"] }, [
      ...succeeds("orders"),
      ...succeeds("orders_not_empty", []),
      ...succeeds("copy.fetch"),
      ...fails("copy"),
      runFails,
    ]);

    const again = await fromFailure(failed);

    expect(again).toMatchObject({
      assetSelection: ["orders", "copy"],
      stepSelection: ["copy"],
      assetKeys: ["copy"],
    });
    expect((await listRunSteps(db, again)).map(({ key }) => key)).toEqual(["copy"]);
  });

  test("a run that succeeded, or has nothing to repeat, is refused", async () => {
    const done = await runOf({ jobName: "sums" }, [lifeEvent("RUN_SUCCESS")]);
    await expect(fromFailure(done)).rejects.toMatchObject({ code: "run_not_failed" });

    const complete = [...succeeds("list", []), ...succeeds("other"), ...succeeds("sum"), runFails];
    const nothingLeft = await runOf({ jobName: "sums" }, complete);
    await expect(fromFailure(nothingLeft)).rejects.toMatchObject({ code: "nothing_to_retry" });
  });

  test("definitions that do not tell that a step was mapped are refused with advice", async () => {
    const failed = await runOf({ jobName: "sums" }, [...succeeds("sum[x]"), ...fails("other"), runFails]);

    await expect(fromFailure(failed)).rejects.toMatchObject({
      code: "definitions_too_old",
      message: expect.stringContaining("reload the location"),
    });
  });

  test("a run whose events are gone is refused instead of repeated as a whole", async () => {
    const failed = await failedSums();
    await db.deleteFrom("run_event").where("run_id", "=", failed.id).execute();

    await expect(fromFailure(failed)).rejects.toMatchObject({ code: "events_expired" });
  });

  test("a run that never started is repeated as a whole", async () => {
    const { id } = await launchTestRun(db, TEST_DEPLOYMENT, launchInput({ jobName: "sums" }));
    await work(id, []);
    await db.updateTable("run").set({ status: "FAILURE", started_at: null }).where("id", "=", id).execute();

    expect((await fromFailure(await getTestRun(db, id))).stepSelection).toEqual([
      "list",
      "other",
      "double[?]",
      "sum",
    ]);
  });
});

describe("from asset failure", () => {
  const failedShop = () =>
    runOf({ jobName: "shop" }, [
      ...succeeds("orders"),
      materialized("orders"),
      ...succeeds("orders_not_empty", []),
      {
        ...at,
        type: "ASSET_CHECK_EVALUATION",
        stepKey: "orders_not_empty",
        assetKey: "orders",
        checkName: "not_empty",
        partition: null,
        passed: true,
        severity: "ERROR",
        blocking: true,
        metadata: {},
      },
      ...succeeds("report"),
      materialized("report"),
      ...fails("copy.fetch"),
      runFails,
    ]);

  test("a fresh run of what was planned but not produced; a check comes with the asset that evaluates it", async () => {
    const again = await reexecute(await failedShop(), { strategy: "FROM_ASSET_FAILURE" });

    expect(again).toMatchObject({
      assetSelection: ["copy", "report"],
      checkSelection: ["report:has_rows"],
      stepSelection: null,
      tags: { "millrace/reexecution": "from_asset_failure" },
    });
    expect((await work(again.id, [])).history).toBeNull();
  });

  test("an asset that was made for a part of the run's partitions is not produced", async () => {
    const partitionRange = { start: "mon", end: "tue" };
    const days = await runOf({ jobName: "days", partitionRange }, [
      ...["mon", "tue"].map((day) => materialized("daily", day)),
      materialized("totals", "mon"),
      runFails,
    ]);

    const again = await reexecute(days, { strategy: "FROM_ASSET_FAILURE" });

    expect(again).toMatchObject({
      assetSelection: ["totals"],
      partitionRange,
      partitionKeys: ["mon", "tue"],
    });
  });

  test("of a run of chosen steps, only what these were to produce", async () => {
    const partly = await runOf({ jobName: "shop", stepSelection: ["orders_not_empty", "copy"] }, [runFails]);

    const again = await reexecute(partly, { strategy: "FROM_ASSET_FAILURE" });

    expect(again).toMatchObject({ assetSelection: ["copy"], checkSelection: ["orders:not_empty"] });
  });

  test("a run without assets is refused", async () => {
    await expect(reexecute(await failedSums(), { strategy: "FROM_ASSET_FAILURE" })).rejects.toMatchObject({
      code: "nothing_to_retry",
      message: expect.stringContaining("make no assets"),
    });
  });
});

describe("chosen steps", () => {
  const succeededSums = () =>
    runOf({ jobName: "sums" }, [
      ...succeeds("list", ["x", "y"]),
      ...succeeds("other"),
      ...succeeds("double[x]"),
      ...succeeds("double[y]"),
      ...succeeds("sum"),
      lifeEvent("RUN_SUCCESS"),
    ]);

  test("run again with the outputs of all others, also of a run that succeeded", async () => {
    const run = await succeededSums();

    const again = await reexecute(run, { stepSelection: ["double[y]"] });

    expect(again.stepSelection).toEqual(["double[y]"]);
    const { history } = await work(again.id, []);
    expect(Object.keys(history?.knownOutputs ?? {}).sort()).toEqual(["double[x]", "list", "other", "sum"]);
  });

  test("with everything downstream, or as a clause", async () => {
    const run = await succeededSums();

    const downstream = await reexecute(run, { stepSelection: ["double[y]"], includeDownstream: true });
    expect(downstream.stepSelection).toEqual(["double[y]", "sum"]);

    const clause = await reexecute(run, { stepSelection: ["list*"] });
    expect(clause.stepSelection).toEqual(["list", "double[?]", "sum"]);
    expect(Object.keys((await work(clause.id, [])).history?.knownOutputs ?? {})).toEqual(["other"]);
  });

  test.each([
    [["nothing"], "unknown_definition", 'There is no op or step "nothing"'],
    [["sum[x]"], "unknown_definition", 'Step "sum" is not mapped'],
    [["double[w]"], "unknown_definition", "the mapping keys were x, y"],
    [[], "bad_request", "names no step"],
  ])("%j are refused: %s", async (stepSelection, code, message) => {
    const run = await succeededSums();

    await expect(reexecute(run, { stepSelection })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test("a step that needs what nobody made is refused, naming what to select too", async () => {
    const failed = await failedSums();

    await expect(reexecute(failed, { stepSelection: ["sum"] })).rejects.toMatchObject({
      code: "outputs_missing",
      message: expect.stringContaining('select "double[y]" too'),
    });
    // New mapping keys make the copies of before useless.
    await expect(reexecute(failed, { stepSelection: ["list", "sum"] })).rejects.toThrow(
      'select "double[?]" too',
    );
  });

  test("steps given with another strategy are refused", async () => {
    const failed = await failedSums();

    await expect(
      reexecute(failed, { strategy: "FROM_FAILURE", stepSelection: ["sum"] }),
    ).rejects.toMatchObject({ code: "bad_request" });
  });
});
