import { setTimeout as sleep } from "node:timers/promises";
import { CLIENTS, LIMIT, PAUSE_MS, POLL_MS, QUEUED_RUNS } from "./launch-workload.ts";
import { percentiles } from "./percentiles.ts";
import { startDagster, type Dagster } from "./dagster-peer.ts";

const DEFINITIONS = `
import dagster as dg

@dg.op
def noop(context):
    context.log.info("first line")

@dg.job(executor_def=dg.in_process_executor)
def one_op():
    noop()

defs = dg.Definitions(jobs=[one_op])
`;
const WARM_UP = 2;
/** Dagster takes seconds a run: fewer samples say as much. */
const MOST_RUNS = 10;
const AT_ONCE = "run_coordinator:\n  module: dagster.core.run_coordinator\n  class: DefaultRunCoordinator\n";
const QUEUE = `concurrency:\n  runs:\n    max_concurrent_runs: ${LIMIT}\n`;

/** The same workload on Dagster: launched at once, and through its queue as shipped. */
export async function* measureDagster(runs: number): AsyncGenerator<object> {
  const n = Math.min(runs, MOST_RUNS);
  yield { system: "dagster", coordinator: "default", n, ...(await measure(AT_ONCE, n, false)) };
  yield { system: "dagster", coordinator: "queued", n, ...(await measure(QUEUE, n, true)) };
}

async function measure(instance: string, n: number, throughput: boolean): Promise<object> {
  const dagster = await startDagster(DEFINITIONS, instance);
  try {
    const firstLine: number[] = [];
    const success: number[] = [];
    for (let run = 0; run < WARM_UP + n; run++) {
      await sleep(PAUSE_MS);
      const launchedAt = Date.now();
      const id = await dagster.launch("one_op");
      const events = await awaitEvents(dagster, id);
      if (run < WARM_UP) continue;
      firstLine.push(timeOf(events, "first line") - launchedAt);
      success.push(timeOf(events, "RUN_SUCCESS") - launchedAt);
    }
    return {
      first_line_ms: percentiles(firstLine),
      success_ms: percentiles(success),
      ...(throughput ? { runs_per_min: await measureThroughput(dagster) } : {}),
    };
  } finally {
    await dagster.stop();
  }
}

interface DagsterEvent {
  readonly message: string;
  readonly timestamp: string;
  readonly eventType: string | null;
}

async function awaitEvents(dagster: Dagster, id: string): Promise<readonly DagsterEvent[]> {
  for (;;) {
    const { runOrError, logsForRun } = await dagster.query<{
      runOrError: { status: string };
      logsForRun: { events: DagsterEvent[] };
    }>(
      `query($id: ID!) { runOrError(runId: $id) { ... on Run { status } }
         logsForRun(runId: $id) { ... on EventConnection { events { ... on MessageEvent { message timestamp eventType } } } } }`,
      { id },
    );
    if (
      runOrError.status === "SUCCESS" &&
      logsForRun.events.some((event) => event.eventType === "RUN_SUCCESS")
    )
      return logsForRun.events;
    if (runOrError.status === "FAILURE") throw new Error(`Dagster's run ${id} failed`);
    await sleep(POLL_MS);
  }
}

function timeOf(events: readonly DagsterEvent[], what: string): number {
  const event = events.find((candidate) => candidate.eventType === what || candidate.message === what);
  if (!event) throw new Error(`No event ${what}`);
  return Number(event.timestamp);
}

async function measureThroughput(dagster: Dagster): Promise<number> {
  const startedAt = Date.now();
  const launchEach = async () => {
    for (let index = 0; index < QUEUED_RUNS / CLIENTS; index++)
      await dagster.launch("one_op", { bench: "throughput" });
  };
  await Promise.all(Array.from({ length: CLIENTS }, launchEach));
  for (;;) {
    const { runsOrError } = await dagster.query<{
      runsOrError: { results: { status: string; endTime: number | null }[] };
    }>(
      `{ runsOrError(filter: { tags: [{ key: "bench", value: "throughput" }] }, limit: ${QUEUED_RUNS}) { ... on Runs { results { status endTime } } } }`,
    );
    const ended = runsOrError.results.flatMap((run) =>
      run.status === "SUCCESS" && run.endTime ? [run.endTime * 1_000] : [],
    );
    if (ended.length === QUEUED_RUNS)
      return Math.round((QUEUED_RUNS * 60_000) / (Math.max(...ended) - startedAt));
    if (Date.now() - startedAt > 600_000)
      throw new Error(`Only ${ended.length} of ${QUEUED_RUNS} Dagster runs succeeded in 10 minutes`);
    await sleep(1_000);
  }
}
