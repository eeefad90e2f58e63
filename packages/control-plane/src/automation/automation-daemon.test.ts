import { sql } from "kysely";
import { beforeEach, expect, test } from "vitest";
import {
  allOf,
  assetMatches,
  eager,
  inProgress,
  not,
  onCron,
  onMissing,
  operand,
} from "@millrace/model/automation/build-condition";
import type { AutomationCondition } from "@millrace/model/automation/condition";
import type { AutomationCursor } from "@millrace/model/automation/cursor";
import { serializeSubset } from "@millrace/model/partitions/serialize-subset";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { RunEvent } from "@millrace/model/run-event";
import { renameAssets } from "../assets/names/rename-assets.ts";
import { wipeAsset } from "../assets/removal/wipe-asset.ts";
import { listOpenBackfills, listTargets } from "../backfills/backfill-store.ts";
import { tickOnce, type TickReport } from "../daemons/tick-once.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { updateDeploymentSettings } from "../deployments/deployment-store.ts";
import { parseSettingsInput } from "../deployments/settings.ts";
import { dequeueRuns } from "../run-queue/dequeue-runs.ts";
import { startAttempt } from "../runs/attempts/attempt-store.ts";
import { appendRunEvents } from "../runs/fold/append-run-events.ts";
import { listRuns } from "../runs/list-runs.ts";
import type { Run } from "../runs/run-store.ts";
import { createTestContext } from "../testing/test-context.ts";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import {
  LAUNCH_CONTEXT,
  launchInput,
  launchTestRun,
  lifeEvent,
  serveLocation,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
  TEST_WORKER,
} from "../testing/test-runs.ts";
import { createAutomationDaemon } from "./automation-daemon.ts";
import { loadCursors } from "./automation-store.ts";
import { switchAutomation } from "./switch-automation.ts";

const database = await createSimulatedDatabase();
const { db, advance, setTime } = database;
const start = Date.UTC(2025, 0, 10, 12);
let now = start;
let daemon = createAutomationDaemon(0);

const DAYS = { type: "daily", start: "2025-01-01" };
interface Change {
  readonly deps?: readonly string[];
  readonly condition?: AutomationCondition;
  readonly partitions?: object;
  readonly renamedFrom?: readonly string[];
}
const asset = (key: string, { deps = [], condition, partitions, renamedFrom = [] }: Change = {}) => ({
  key,
  executable: true,
  stepKey: key,
  dependencies: deps.map((dep) => ({ key: dep })),
  renamedFrom: [...renamedFrom],
  ...(condition ? { automationCondition: JSON.stringify(condition) } : {}),
  ...(partitions ? { partitions: { json: JSON.stringify(partitions) } } : {}),
});
const chain = [
  asset("a"),
  asset("b", { deps: ["a"], condition: eager() }),
  asset("c", { deps: ["b"], condition: eager() }),
];

beforeEach(async () => {
  now = start;
  await setTime(start);
  await sql`truncate run, run_event, backfill, asset, automation_state, automation_cursor, automation_evaluation, automation_touch,
    asset_former_key, daemon_lease cascade`.execute(db);
  daemon = createAutomationDaemon(0);
});

async function serve(assets: (ReturnType<typeof asset> & { readonly inJob?: false })[]): Promise<void> {
  const made = assets.filter(({ inJob = true }) => inJob);
  await serveLocation(db, "shop", {
    assets: assets.map(({ inJob: _inJob, ...definition }) => definition),
    jobs: [
      {
        name: ASSET_JOB,
        implicit: true,
        assetKeys: made.map(({ key }) => key),
        steps: made.map(({ key }) => ({ key, kind: "asset" })),
      },
    ],
  });
  await inTransaction(db, (trx) => renameAssets(trx, TEST_DEPLOYMENT));
}

async function tick(replica = "replica"): Promise<TickReport> {
  const duty = { daemon, deploymentId: TEST_DEPLOYMENT };
  return tickOnce(duty, createTestContext(db, LAUNCH_CONTEXT), replica);
}

/**
 * Lets rounds go on until none has anything to look at again. How many that takes is not ours to say: the first one waits for the
 * transactions of other tests. Rounds that come to no rest end with the test's time.
 */
async function settle(): Promise<void> {
  for (;;) {
    const { error, nextInMs } = await tick();
    expect(error).toBeNull();
    if (nextInMs > 250) return;
  }
}

async function runs(): Promise<readonly Run[]> {
  return (await listRuns(db, TEST_DEPLOYMENT, {}, null, 1_000)).nodes.toReversed();
}

const nameOf = ({ assetKeys, partitionKey, status }: Run): string =>
  [assetKeys.toSorted().join("+"), partitionKey, status].filter((part) => part !== null).join(" ");

/** The runs that conditions have asked for. */
async function asked(): Promise<string[]> {
  return (await runs()).filter(({ origin }) => origin.kind === "automation").map(nameOf);
}

async function pass(seconds: number): Promise<void> {
  await advance(seconds);
  now += seconds * 1_000;
}

/** Carries out a run: it makes these assets and succeeds, or fails behind them. */
async function work(run: Run, made: readonly string[] = run.assetKeys, end = "RUN_SUCCESS"): Promise<void> {
  await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
  await startAttempt(db, { ...TEST_WORKER, runId: run.id });
  await pass(1);
  const materializations = made.map((assetKey): RunEvent => ({
    type: "ASSET_MATERIALIZATION",
    assetKey,
    stepKey: assetKey,
    partition: run.partitionKey,
    dataVersion: null,
    metadata: {},
    tags: {},
    message: "",
    timestamp: now,
  }));
  const last: RunEvent =
    end === "RUN_SUCCESS"
      ? lifeEvent("RUN_SUCCESS", now)
      : { type: "RUN_FAILURE", timestamp: now, message: "", reason: "STEP_FAILURE", error: null };
  const events = [lifeEvent("RUN_START", now), ...materializations, last];
  await appendRunEvents(db, { runId: run.id, attempt: 1, firstSequence: 0, events });
}

/** Somebody has an asset made. */
async function make(
  assetSelection: string[],
  partitionKey: string | null = null,
  end?: string,
): Promise<void> {
  const input = launchInput({ jobName: null, assetSelection, partitionKey });
  const run = await launchTestRun(db, TEST_DEPLOYMENT, input);
  await work(run, end === undefined ? undefined : [assetSelection[0] ?? ""], end);
}

async function cursorOf(target: string): Promise<AutomationCursor | null> {
  return (await loadCursors(db, TEST_DEPLOYMENT)).get(target) ?? null;
}

/** Carries out what waits. */
async function workAll(): Promise<void> {
  for (const run of await runs()) if (run.status === "QUEUED") await work(run);
}

test("a chain of eager assets follows what they depend on in one run, and rests until it changes again", async () => {
  await serve(chain);
  await settle();
  await make(["a"]);
  await settle();
  expect(await asked()).toEqual(["b+c QUEUED"]);

  await workAll();
  await settle();
  expect(await asked()).toEqual(["b+c SUCCESS"]);

  await make(["a"]);
  await settle();
  expect(await asked()).toEqual(["b+c SUCCESS", "b+c QUEUED"]);
});

test("a condition on a cron expression asks after the tick, once what it depends on was updated", async () => {
  await serve([asset("a"), asset("b", { deps: ["a"], condition: onCron("0 13 * * *") })]);
  await settle();
  await make(["a"]);
  await settle();
  expect(await asked()).toEqual([]);

  await pass(3_600);
  await settle();
  expect(await asked()).toEqual([]);
  await make(["a"]);
  await settle();
  expect(await asked()).toEqual(["b QUEUED"]);
});

test("one partition is made by a run, several by a backfill of all connected assets", async () => {
  const missing = allOf(operand("missing"), not(inProgress()));
  const daily = (key: string, deps: string[], condition: AutomationCondition | null) =>
    asset(key, { deps, partitions: DAYS, ...(condition ? { condition } : {}) });
  await serve([
    daily("a", [], null),
    daily("b", ["a"], eager()),
    daily("c", ["b"], eager()),
    daily("d", [], missing),
    daily("e", ["d"], missing),
  ]);
  await settle();
  const [id = "", ...others] = await listOpenBackfills(db, TEST_DEPLOYMENT);
  expect(others).toEqual([]);
  expect((await listTargets(db, id)).map(({ key, targeted }) => [key, serializeSubset(targeted)])).toEqual([
    ["d", { type: "windows", ranges: [[Date.UTC(2025, 0, 1), Date.UTC(2025, 0, 10)]] }],
    ["e", { type: "windows", ranges: [[Date.UTC(2025, 0, 1), Date.UTC(2025, 0, 10)]] }],
  ]);
  expect(await asked()).toEqual([]);

  await make(["a"], "2025-01-09");
  await settle();
  expect(await asked()).toEqual(["b+c 2025-01-09 QUEUED"]);

  await make(["a"], "2025-01-05");
  await settle();
  expect(await asked()).toEqual(["b+c 2025-01-09 STARTING"]); // An older window is not eager's.
});

test("what a failed run has left is asked for again, and not for ever", async () => {
  await serve(chain);
  await settle();
  await make(["a"]);
  await settle();
  await workAll();
  await settle();
  await make(["a", "b", "c"], null, "RUN_FAILURE");
  await settle();
  expect(await asked()).toEqual(["b+c SUCCESS", "b+c QUEUED"]);

  for (const run of await runs()) if (run.status === "QUEUED") await work(run, [], "RUN_FAILURE");
  await settle();
  expect(await asked()).toEqual(["b+c SUCCESS", "b+c FAILURE"]);
});

test("a round that dies before it is stored happens again, and nothing of it twice", async () => {
  await serve(chain);
  await settle();
  await make(["a"]);
  await sql`alter table automation_evaluation add constraint broken check (false) not valid`.execute(db);
  expect((await tick()).outcome).toBe("failed");
  expect(await asked()).toEqual([]);
  await sql`alter table automation_evaluation drop constraint broken`.execute(db);
  await settle();
  expect(await asked()).toEqual(["b+c QUEUED"]);

  await settle();
  expect(await asked()).toEqual(["b+c QUEUED"]);
});

test("a replica that takes over goes on where the other one was, and so does that one when it is back", async () => {
  await serve(chain);
  await settle();
  const [first, second] = [daemon, createAutomationDaemon(0)];
  daemon = second;
  expect((await tick("second")).outcome).toBe("elsewhere");
  await make(["a"]);
  await pass(31);
  expect(await tick("second")).toMatchObject({ outcome: "done", error: null });
  expect(await asked()).toEqual(["b+c QUEUED"]);

  await workAll();
  expect((await tick("second")).outcome).toBe("done");
  await pass(31);
  daemon = first;
  await settle();
  expect(await asked()).toEqual(["b+c SUCCESS"]);
  await make(["a"]);
  await settle();
  expect(await asked()).toEqual(["b+c SUCCESS", "b+c QUEUED"]);
});

test("an asset that is renamed remembers what it was asked for, and one that is gone is forgotten", async () => {
  await serve([
    asset("a"),
    asset("gone", { deps: ["a"], condition: eager() }),
    asset("old", { deps: ["a"], condition: eager() }),
  ]);
  await settle();
  await make(["old"]);
  await make(["gone"]);
  await settle();
  const before = await cursorOf("old");

  await serve([asset("a"), asset("new", { deps: ["a"], condition: eager(), renamedFrom: ["old"] })]);
  await settle();
  expect(await cursorOf("gone")).toBeNull();
  expect(await cursorOf("old")).toBeNull();
  expect(Object.keys((await cursorOf("new"))?.memory ?? {})).toEqual(
    Object.keys(before?.memory ?? {}).map((key) => key.replace("@old", "@new")),
  );
  expect(await asked()).toEqual([]);
  await make(["a"]);
  await settle();
  expect(await asked()).toEqual(["new QUEUED"]);
});

test("an asset whose history is wiped is missing again", async () => {
  await serve([asset("a", { condition: onMissing() })]);
  await make(["a"]);
  await settle();
  expect(await asked()).toEqual([]);

  await wipeAsset(db, TEST_DEPLOYMENT, "a", null);
  await settle();
  expect(await asked()).toEqual(["a QUEUED"]);
});

test("what can't be launched, or is about assets that nobody knows, stops no other", async () => {
  const jobless = { ...asset("jobless", { deps: ["a"], condition: eager() }), inJob: false };
  await serve([
    asset("a"),
    jobless,
    { ...asset("external", { condition: operand("missing") }), executable: false },
    asset("lost", { deps: ["a"], condition: assetMatches("nowhere", operand("newly_updated")) }),
    asset("b", { deps: ["a"], condition: eager() }),
  ]);
  await settle();
  await make(["a"]);
  await settle();

  expect(await asked()).toEqual(["b QUEUED"]);
  const { rows } = await sql<object>`
    select target, problem from automation_evaluation where problem is not null`.execute(db);
  expect(rows).toEqual([{ target: "jobless", problem: expect.stringContaining("jobless") }]);
});

test("a deployment can switch its conditions off, and goes on from there when they are on again", async () => {
  await serve(chain);
  await settle();
  const set = (settings: object) =>
    updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput(settings));
  await set({ automation_enabled: false });
  await make(["a"]);
  await tick();
  expect(await asked()).toEqual([]);

  await set({});
  await settle();
  expect(await asked()).toEqual(["b+c QUEUED"]);
});

test("the conditions of a group are switched off and on by themselves, and begin anew then", async () => {
  await serve([asset("a"), asset("b", { deps: ["a"], condition: eager() })]);
  await settle();
  const off = await switchAutomation(db, TEST_DEPLOYMENT, "", false);
  expect(off).toMatchObject({ isOn: true, groups: [{ name: "", conditions: 1, problems: [], isOn: false }] });
  await make(["a"]);
  await settle();
  await switchAutomation(db, TEST_DEPLOYMENT, "", true);
  await settle();
  expect(await asked()).toEqual([]);

  await make(["a"]);
  await settle();
  expect(await asked()).toEqual(["b QUEUED"]);
  await expect(switchAutomation(db, TEST_DEPLOYMENT, "none", true)).rejects.toThrow('group "none"');
});

test("no replica takes the place where nothing has a condition", async () => {
  await serve([asset("a")]);
  expect((await tick()).outcome).toBe("done");
  const { rows } = await sql<object>`select from daemon_lease where daemon = 'automation'`.execute(db);
  expect(rows).toEqual([]);
});
