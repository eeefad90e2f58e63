import { sql } from "kysely";
import { expect, test } from "vitest";
import { asset, automation, daily, staticPartitions, type Asset } from "millrace";
import { automationInstance, evaluateAutomation } from "millrace/testing";
import { definitions } from "millrace/internal/definitions/definitions";
import { resolveDefinitions } from "millrace/internal/definitions/resolve";
import { restoreSubset } from "@millrace/model/partitions/serialize-subset";
import { subsetKeys } from "@millrace/model/partitions/subset-keys";
import type { RunEvent } from "@millrace/model/run-event";
import { createRandom } from "@millrace/model/steps/random-case";
import { createAutomationDaemon } from "@millrace/control-plane/automation/automation-daemon";
import { findRound } from "@millrace/control-plane/automation/automation-store";
import { tickOnce } from "@millrace/control-plane/daemons/tick-once";
import { dequeueRuns } from "@millrace/control-plane/run-queue/dequeue-runs";
import { startAttempt } from "@millrace/control-plane/runs/attempts/attempt-store";
import { appendRunEvents } from "@millrace/control-plane/runs/fold/append-run-events";
import { listRuns } from "@millrace/control-plane/runs/list-runs";
import { createTestContext } from "@millrace/control-plane/testing/test-context";
import { createSimulatedDatabase } from "@millrace/control-plane/testing/test-database";
import {
  LAUNCH_CONTEXT,
  launchInput,
  launchTestRun,
  lifeEvent,
  serveLocation,
  TEST_DEPLOYMENT,
  TEST_SETTINGS,
  TEST_WORKER,
} from "@millrace/control-plane/testing/test-runs";
import { describeAssets } from "@millrace/runtime/code-server/describe/describe-assets";
import { describeJobs } from "@millrace/runtime/code-server/describe/describe-jobs";

const [WORLDS, STEPS] = [8, 14];
const START = Date.UTC(2025, 0, 10, 12);
const database = await createSimulatedDatabase();
const { db } = database;

/** What may be decided by chance. */
function createChoices(seed: number) {
  const random = createRandom(seed * 7_919);
  const below = (count: number): number => Math.floor(random() * count);
  return {
    chance: (share: number): boolean => random() < share,
    between: (least: number, most: number): number => least + below(most - least + 1),
    oneOf: <T>(items: readonly T[]): T => items[below(items.length)] as T,
  };
}
type Choices = ReturnType<typeof createChoices>;

/** A few assets that depend on each other, most of which follow a condition. */
function makeAssets({ chance, between, oneOf }: Choices): Asset[] {
  const partitions = oneOf([undefined, staticPartitions(["x", "y"]), daily({ start: "2025-01-08" })]);
  const conditions = [
    automation.eager,
    automation.eager,
    automation.onMissing,
    () => automation.onCron("0 * * * *"),
    () =>
      automation.allOf(
        automation.newlyTrue(automation.anyDepsMissing()),
        automation.not(automation.inProgress()),
      ),
    () =>
      automation.allOf(
        automation.sinceLastHandled(automation.anyDepsUpdated()),
        automation.not(automation.runInProgress()),
      ),
    () =>
      automation.allOf(
        automation.sinceLastHandled(automation.executionFailed()),
        automation.not(automation.inProgress()),
      ),
    () => automation.anyDepsMatch(automation.newlyRequested()),
    () => automation.allOf(automation.missing(), automation.not(automation.inProgress())),
    () => automation.anyDownstreamConditions(),
  ];
  const assets: Asset[] = [];
  for (let index = 0; index < between(3, 6); index++) {
    const after = assets.filter(() => chance(0.5));
    const isPartitioned = partitions !== undefined && chance(0.8);
    assets.push(
      asset(
        `a${index}`,
        {
          after,
          ...(isPartitioned ? { partitions } : {}),
          ...(after.length > 0 || chance(0.2) ? { automationCondition: oneOf(conditions)() } : {}),
        },
        () => {},
      ),
    );
  }
  return assets;
}

interface Work {
  readonly runId: string;
  readonly made: readonly Asset[];
  readonly partition: string | null;
}

const nameOf = (key: string, partition: string | null): string =>
  partition === null ? key : `${key}@${partition}`;

/** One world twice: in the database, and in an instance of `millrace/testing`. */
async function createWorld(seed: number) {
  await database.setTime(START);
  await sql`truncate run, run_event, backfill, asset, automation_state, automation_cursor, automation_evaluation, automation_touch, daemon_lease
    cascade`.execute(db);
  const choices = createChoices(seed);
  const assets = makeAssets(choices);
  const resolved = resolveDefinitions(definitions({ assets }));
  await serveLocation(db, "shop", {
    assets: describeAssets(resolved, "/code"),
    jobs: describeJobs(resolved, "/code"),
  });
  const instance = automationInstance({ now: new Date(START) });
  const daemon = createAutomationDaemon(0);
  const known = new Set<string>();
  const busy = new Set<string>();
  const works: Work[] = [];

  async function tick(): Promise<void> {
    const duty = { daemon, deploymentId: TEST_DEPLOYMENT };
    const { error } = await tickOnce(duty, createTestContext(db, LAUNCH_CONTEXT), "replica");
    expect(error).toBeNull();
  }

  async function pass(seconds: number): Promise<void> {
    await database.advance(seconds);
    instance.advance(seconds);
  }

  /** A run that is there from now on, which makes these assets of a partition. */
  function begin(work: Work): void {
    works.push(work);
    for (const made of work.made) {
      instance.startRun(made, work.partition ?? undefined);
      busy.add(nameOf(made.key, work.partition));
    }
  }

  /** A run makes all that it was for, or fails before it made anything. */
  async function carryOut(work: Work, succeeds: boolean): Promise<void> {
    const { runId, made, partition } = work;
    works.splice(works.indexOf(work), 1);
    await dequeueRuns(db, TEST_DEPLOYMENT, TEST_SETTINGS);
    await startAttempt(db, { ...TEST_WORKER, runId });
    await pass(1);
    const timestamp = instance.now().getTime();
    const materializations = made.map(({ key }): RunEvent => ({
      type: "ASSET_MATERIALIZATION",
      assetKey: key,
      stepKey: key,
      partition,
      dataVersion: null,
      metadata: {},
      tags: {},
      message: "",
      timestamp,
    }));
    const events: RunEvent[] = succeeds
      ? [lifeEvent("RUN_START", timestamp), ...materializations, lifeEvent("RUN_SUCCESS", timestamp)]
      : [
          lifeEvent("RUN_START", timestamp),
          { type: "RUN_FAILURE", timestamp, message: "", reason: "STEP_FAILURE", error: null },
        ];
    await appendRunEvents(db, { runId, attempt: 1, firstSequence: 0, events });
    for (const each of made) {
      busy.delete(nameOf(each.key, partition));
      if (!succeeds) instance.fail(each, partition ?? undefined);
      else
        instance.materialize(each, {
          runAssets: made,
          ...(partition === null ? {} : { partitionKey: partition }),
        });
    }
  }

  /** Somebody launches a run of an asset for which none is under way. */
  async function launch(): Promise<void> {
    const made = choices.oneOf(assets);
    const keys = made.partitions?.type === "static" ? ["x", "y"] : ["2025-01-08", "2025-01-09"];
    const partition = made.partitions === undefined ? null : choices.oneOf(keys);
    if (busy.has(nameOf(made.key, partition))) return;
    const input = launchInput({ jobName: null, assetSelection: [made.key], partitionKey: partition });
    const { id } = await launchTestRun(db, TEST_DEPLOYMENT, input);
    known.add(id);
    begin({ runId: id, made: [made], partition });
  }

  /** What the daemon has asked for since it was asked last; what several partitions are asked for is a backfill, and has no run yet. */
  async function listAsked(): Promise<{ readonly asked: string[]; readonly isBackfill: boolean }> {
    const asked: string[] = [];
    for (const { id, assetKeys, partitionKey } of (await listRuns(db, TEST_DEPLOYMENT, {}, null, 1_000))
      .nodes) {
      if (known.has(id)) continue;
      known.add(id);
      begin({
        runId: id,
        made: assets.filter(({ key }) => assetKeys.includes(key)),
        partition: partitionKey,
      });
      asked.push(...assetKeys.map((key) => nameOf(key, partitionKey)));
    }
    const { rows } = await sql<{ target: string; requested: never }>`
      select target, requested from automation_evaluation where backfill_id is not null`.execute(db);
    for (const { target, requested } of rows) {
      const partitions = assets.find(({ key }) => key === target)?.partitions ?? null;
      const subset = restoreSubset(partitions, requested);
      if (subset) asked.push(...[...subsetKeys(partitions, subset)].map((key) => nameOf(target, key)));
    }
    return { asked: asked.toSorted(), isBackfill: rows.length > 0 };
  }

  /** What the same assets ask for in the instance. */
  function evaluate(): string[] {
    const result = evaluateAutomation(assets, instance);
    return assets
      .filter((each) => result.isRequested(each))
      .flatMap((each) =>
        each.partitions ? result.requestedPartitions(each).map((key) => nameOf(each.key, key)) : [each.key],
      )
      .toSorted();
  }

  return {
    /** The first evaluation: the daemon's waits for the transactions of other tests. */
    async first(): Promise<void> {
      while ((await findRound(db, TEST_DEPLOYMENT)) === null) await tick();
    },
    tick,
    listAsked,
    evaluate,
    async live(): Promise<void> {
      const { chance, between, oneOf } = choices;
      await pass(oneOf([1, 40, 600, 1_500, 3_600, 86_400]));
      for (let count = between(0, 2); count > 0; count--) {
        if (works.length < 2 || chance(0.4)) await launch();
        if (works.length > 0 && chance(0.7)) await carryOut(oneOf(works), chance(0.75));
      }
    },
  };
}

test("what evaluateAutomation says is asked for is what the daemon launches, whatever the assets and what happens to them", async () => {
  let compared = 0;
  for (let seed = 1; seed <= WORLDS; seed++) {
    const world = await createWorld(seed);
    await world.first();
    for (let step = 0; step < STEPS; step++) {
      const where = `seed ${seed}, step ${step}`;
      const expected = world.evaluate();
      const { asked, isBackfill } = await world.listAsked();
      expect([where, asked]).toEqual([where, expected]);
      compared += asked.length;
      // Of backfills an instance knows nothing.
      if (isBackfill) break;
      await world.live();
      await world.tick();
    }
  }
  // Otherwise the comparison says nothing.
  expect(compared).toBeGreaterThan(WORLDS * 2);
});
