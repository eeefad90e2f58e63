import { setTimeout as sleep } from "node:timers/promises";
import { createProject } from "../test/system/project.ts";
import { startStack, type Stack } from "../test/system/stack.ts";
import type { Bench } from "./bench.ts";
import { startDagster, type Dagster } from "./dagster-peer.ts";
import { percentilesOf } from "./percentiles.ts";

const SIZES = [500, 10_000];
/** Dagster takes minutes for more than it is asked for here. */
const PEER_SIZES = [500];
const MINUTE = 60_000;

/**
 * Schedules that all tick every minute, whose code asks for nothing: from the time that a tick stands for to its end, which is when its
 * evaluation is stored. The first whole minute after the start is left out, the one after it is measured.
 *
 * Dagster's side is the same: the code of each tick answers with a reason to skip.
 */
export const bench: Bench = async function* ({ peers }) {
  for (const schedules of SIZES)
    yield { bench: "ticks", system: "millrace", schedules, delay_ms: await measureMillrace(schedules) };
  if (!peers.includes("dagster")) return;
  for (const schedules of PEER_SIZES)
    yield { bench: "ticks", system: "dagster", schedules, delay_ms: await measureDagster(schedules) };
};

async function measureMillrace(count: number): Promise<object> {
  const project = createProject({
    "src/definitions.ts": `
      import { asset, definitions, schedule, skip } from "millrace";
      const one = asset("one", () => 1);
      const schedules = Array.from({ length: ${count} }, (_, index) =>
        schedule("every_minute_" + index, { cron: "* * * * *", target: [one], runningByDefault: true }, () => skip("nothing to do")));
      export const defs = definitions({ assets: [one], schedules });
    `,
  });
  const stack = await startStack();
  try {
    await stack.load("bench", project.folder);
    const minute = await awaitMeasuredMinute();
    return percentilesOf(await listDelays(stack, minute, count));
  } finally {
    await stack.stop();
    project.remove();
  }
}

/** Waits until the minute that is measured has begun; when it did. */
async function awaitMeasuredMinute(): Promise<number> {
  const minute = (Math.floor(Date.now() / MINUTE) + 2) * MINUTE;
  await sleep(minute - Date.now());
  return minute;
}

async function listDelays(stack: Stack, minute: number, count: number): Promise<number[]> {
  interface Answer {
    readonly schedules: readonly {
      readonly state: {
        readonly latestTick: { readonly scheduledAt: string; readonly finishedAt: string | null };
      };
    }[];
  }
  for (;;) {
    // Asking costs the control plane, too; the times are those that it has stored.
    await sleep(10_000);
    const { schedules } = await stack.query<Answer>(
      `{ schedules { state { latestTick { scheduledAt finishedAt } } } }`,
    );
    const ticks = schedules.map(({ state }) => state.latestTick);
    const done = ticks.filter(
      ({ scheduledAt, finishedAt }) => Date.parse(scheduledAt) >= minute && finishedAt !== null,
    );
    if (done.length === count)
      return done.map(
        ({ scheduledAt, finishedAt }) => Date.parse(finishedAt ?? "") - Date.parse(scheduledAt),
      );
    if (Date.now() > minute + 10 * MINUTE)
      throw new Error(`Only ${done.length} of ${count} schedules have ticked`);
  }
}

async function measureDagster(count: number): Promise<object> {
  const dagster = await startDagster(
    `
import dagster as dg

@dg.op
def one():
    return 1

@dg.job
def work():
    one()

def make(index):
    @dg.schedule(name=f"every_minute_{index}", cron_schedule="* * * * *", job=work, default_status=dg.DefaultScheduleStatus.RUNNING)
    def every_minute(context):
        return dg.SkipReason("nothing to do")
    return every_minute

defs = dg.Definitions(jobs=[work], schedules=[make(index) for index in range(${count})])
`,
    "",
  );
  try {
    const minute = await awaitMeasuredMinute();
    return percentilesOf(await awaitPeerDelays(dagster, minute, count));
  } finally {
    await dagster.stop();
  }
}

/** Its ticks of one minute may take longer than that minute, and some of them may never come: it is waited as long for them as for ours. */
async function awaitPeerDelays(dagster: Dagster, minute: number, count: number): Promise<number[]> {
  for (;;) {
    await sleep(10_000);
    const delays = await listPeerDelays(dagster, minute);
    if (delays.length === count) return delays;
    if (Date.now() > minute + 10 * MINUTE)
      throw new Error(`Only ${delays.length} of ${count} schedules of Dagster have ticked`);
  }
}

async function listPeerDelays(dagster: Dagster, minute: number): Promise<number[]> {
  interface Answer {
    readonly schedulesOrError: {
      readonly results: readonly {
        readonly scheduleState: {
          readonly ticks: readonly { readonly timestamp: number; readonly endTimestamp: number | null }[];
        };
      }[];
    };
  }
  const selector = { repositoryName: "__repository__", repositoryLocationName: "definitions.py" };
  const { schedulesOrError } = await dagster.query<Answer>(
    `query ($selector: RepositorySelector!) { schedulesOrError(repositorySelector: $selector) {
      ... on Schedules { results { scheduleState { ticks(limit: 20) { timestamp endTimestamp } } } } } }`,
    { selector },
  );
  return schedulesOrError.results.flatMap(({ scheduleState }) =>
    scheduleState.ticks.flatMap(({ timestamp, endTimestamp }) =>
      timestamp * 1_000 === minute && endTimestamp !== null ? [(endTimestamp - timestamp) * 1_000] : [],
    ),
  );
}
