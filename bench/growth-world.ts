import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { RunEvent } from "@millrace/model/run-event";
import type { LaunchRunWork } from "@millrace/model/runs/work-item";
import { systemClock } from "@millrace/model/time/clock";
import {
  DescribeResponseSchema,
  LocationSnapshotSchema,
  type LocationSnapshot,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { listDaemons } from "../packages/control-plane/src/all-daemons.ts";
import { createAutomationDaemon } from "../packages/control-plane/src/automation/automation-daemon.ts";
import { createWorkEffects } from "../packages/control-plane/src/all-work-effects.ts";
import type { Daemon } from "../packages/control-plane/src/daemons/daemon.ts";
import { tickOnce } from "../packages/control-plane/src/daemons/tick-once.ts";
import { updateDeploymentSettings } from "../packages/control-plane/src/deployments/deployment-store.ts";
import { parseSettingsInput } from "../packages/control-plane/src/deployments/settings.ts";
import { putLogChunk } from "../packages/control-plane/src/logs/log-store.ts";
import { appendWorkerEvents } from "../packages/control-plane/src/runs/attempts/append-worker-events.ts";
import { startAttempt } from "../packages/control-plane/src/runs/attempts/attempt-store.ts";
import { reportWorkerExit } from "../packages/control-plane/src/runs/attempts/report-worker-exit.ts";
import type { SimulatedDatabase } from "../packages/control-plane/src/testing/simulated-database.ts";
import { createTestContext } from "../packages/control-plane/src/testing/test-context.ts";
import {
  claimDefaultWork,
  serveLocation,
  TEST_DEPLOYMENT,
} from "../packages/control-plane/src/testing/test-runs.ts";
import { completeWork } from "../packages/control-plane/src/work/settle-work.ts";
import { describeLocation } from "../packages/runtime/src/code-server/describe/describe-location.ts";
import { resolveDefinitions } from "../packages/sdk/src/definitions/resolve.ts";
import {
  asset,
  definitions,
  freshness,
  job,
  materializeResult,
  schedule,
  type Asset,
} from "../packages/sdk/src/index.ts";
import { eager, onCron } from "@millrace/model/automation/build-condition";
import { materialize } from "../packages/sdk/src/testing.ts";

const CHAINS = 10;
const CHAIN_LENGTH = 3;
/** Events that a worker sends at once while steps go by. */
const BATCH = 60;
/** What the worker of one step prints. */
const PRINTED = "2025-01-01T00:00:00.000Z read 1200 rows, wrote 1200 rows in 0.31 s\n";
const AGENT = "agent-1";
/** Until a run is over. */
const RUN_MS = 10_000;

/** Who makes the assets, how often, and what the deployment keeps. */
export interface GrowthCase {
  /** A schedule of one job, a schedule and a job for each asset, or automation conditions. */
  readonly trigger: "schedule" | "schedules" | "automation";
  readonly everyMinutes: number;
  readonly settings: Readonly<Record<string, number>>;
}

/** A deployment whose assets are made as time goes by. */
export interface GrowthWorld {
  /** Moves time on, and does what is due then until nothing is left to do. */
  advance(milliseconds: number): Promise<void>;
  /** Runs carried out since it was asked last. */
  takeRuns(): number;
}

/** Serves 30 assets in a simulated database, with all daemons of a control plane and an agent whose workers succeed. */
export async function createGrowthWorld(
  database: SimulatedDatabase,
  { trigger, everyMinutes, settings }: GrowthCase,
): Promise<GrowthWorld> {
  const { db, getTime, setTime } = database;
  let time = await getTime();
  let next = time;
  let runs = 0;
  const context = createTestContext(db, { clock: { ...systemClock, now: () => time } });
  const effects = createWorkEffects(context);
  const daemons = listDaemons(createWorkEffects)
    .map((daemon) =>
      // Time stands still between two looks; there is nothing to wait for.
      daemon.name === "automation" ? createAutomationDaemon(0) : daemon,
    )
    // It comes last, so that what the others launch does not wait for the next time.
    .toSorted((one, other) => Number(one.name === "coordinator") - Number(other.name === "coordinator"));
  await updateDeploymentSettings(db, TEST_DEPLOYMENT, parseSettingsInput(settings));
  const assets = createAssets(trigger === "automation" ? `*/${everyMinutes} * * * *` : null);
  const jobs = createJobs(assets, trigger);
  await serveLocation(db, "bench", describe(assets, jobs, everyMinutes));
  const { events } = await materialize(assets);
  let retainedAt = -Infinity;

  async function tickAll(isHourly: boolean): Promise<void> {
    for (const daemon of daemons) if (isHourly === daemon.intervalMs >= 3_600_000) await tick(daemon);
  }

  async function tick(daemon: Daemon): Promise<void> {
    const duty =
      daemon.of === "deployment" ? { daemon, deploymentId: TEST_DEPLOYMENT } : { daemon, deploymentId: null };
    const { error } = await tickOnce(duty, context, "replica");
    if (error !== null) throw error;
  }

  /** What the agent and the run's worker do. */
  async function carryOut(work: LaunchRunWork): Promise<void> {
    const { runId, attempt } = work;
    const worker = { runId, attempt, workerId: `worker of ${runId}` };
    await startAttempt(db, { ...worker, place: "4711@bench", codeDigest: "0".repeat(64), agentId: AGENT });
    const planned = new Set(work.assetSelection ?? jobs.get(work.jobName));
    const steps = new Set(
      assets.filter(({ key }) => planned.has(key)).map(({ computation }) => computation?.stepKey),
    );
    const own = events.filter(
      (event) => !("stepKey" in event) || event.stepKey === null || steps.has(event.stepKey),
    );
    for (let first = 0; first < own.length; first += BATCH) {
      const batch = own.slice(first, first + BATCH).map((event): RunEvent => ({ ...event, timestamp: time }));
      await appendWorkerEvents(db, { ...worker, firstSequence: first, events: batch });
    }
    const bytes = Buffer.from(PRINTED.repeat(planned.size));
    await putLogChunk(context, { ...worker, stream: "stdout", offset: 0, bytes });
    const end = { exitCode: 0, lastOutput: null, how: "exited", detail: null } as const;
    await reportWorkerExit(db, { ...worker, deploymentId: TEST_DEPLOYMENT, agentId: AGENT, end });
    runs++;
  }

  return {
    async advance(milliseconds) {
      await setTime((time = next += milliseconds));
      if (time - retainedAt >= 3_600_000) {
        retainedAt = time;
        await tickAll(true);
      }
      for (let isBusy = true; isBusy;) {
        await tickAll(false);
        const items = await claimDefaultWork(db);
        isBusy = items.length > 0;
        // What is made is made later than it was due.
        if (isBusy) await setTime((time += RUN_MS));
        for (const { id, payload } of items) {
          const held = { deploymentId: TEST_DEPLOYMENT, agentId: AGENT, id };
          await completeWork(db, effects, held, { place: "4711@bench" });
          await carryOut(payload as LaunchRunWork);
        }
      }
    },
    takeRuns() {
      const count = runs;
      runs = 0;
      return count;
    },
  };
}

function createAssets(cron: string | null): Asset[] {
  return Array.from({ length: CHAINS }, (_, chain) => {
    const links: Asset[] = [];
    for (let link = 0; link < CHAIN_LENGTH; link++) {
      const above = links.at(-1);
      const made = asset(
        `shop/table_${chain}_${link}`,
        {
          group: `chain_${chain}`,
          after: above ? [above] : [],
          freshnessPolicy: freshness.timeWindow({ failSeconds: 7_200 }),
          ...(cron === null ? {} : { automationCondition: link === 0 ? onCron(cron) : eager() }),
        },
        (context) => {
          context.log.info(`Wrote 1200 rows to table_${chain}_${link}`);
          return materializeResult({
            metadata: { rows: 1_200, seconds: 0.31, table: `shop.table_${chain}_${link}` },
          });
        },
      );
      links.push(made);
    }
    return links;
  }).flat();
}

/** The assets of each job that a schedule launches, by its name. */
function createJobs(
  assets: readonly Asset[],
  trigger: GrowthCase["trigger"],
): ReadonlyMap<string, readonly string[]> {
  const keys = assets.map(({ key }) => key);
  if (trigger === "schedule") return new Map([["refresh", keys]]);
  return new Map(trigger === "schedules" ? keys.map((key, index) => [`refresh_${index}`, [key]]) : []);
}

function describe(
  assets: readonly Asset[],
  jobs: ReadonlyMap<string, readonly string[]>,
  everyMinutes: number,
): LocationSnapshot {
  const cron = everyMinutes < 60 ? `*/${everyMinutes} * * * *` : `0 */${everyMinutes / 60} * * *`;
  const schedules = [...jobs].map(([name, selection]) =>
    schedule(name, { cron, job: job(name, { selection }), runningByDefault: true }),
  );
  const defined = definitions({ assets: [...assets], schedules });
  const messages = describeLocation(
    { definitions: resolveDefinitions(defined), bundle: { digest: "bench" } },
    "/code",
    "0",
  );
  return fromBinary(
    LocationSnapshotSchema,
    Buffer.concat(messages.map((message) => toBinary(DescribeResponseSchema, message))),
  );
}
