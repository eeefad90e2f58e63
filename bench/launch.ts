import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { percentiles } from "./percentiles.ts";
import { measureDagster } from "./dagster-launch.ts";
import { CLIENTS, PAUSE_MS, POLL_MS, QUEUED_RUNS } from "./launch-workload.ts";
import { createProject } from "../test/system/project.ts";
import { startStack, type RunView, type Stack } from "../test/system/stack.ts";

/** Runs before the first that counts. */
const WARM_UP = 3;
/** A job of one op that logs one line. */
export const ONE_OP_PROJECT = {
  "src/definitions.ts": `
    import { definitions, job, op } from "millrace";
    const noop = op("noop", {}, (context) => { context.log.info("first line"); });
    export const defs = definitions({ jobs: [job("one_op", () => { noop(); })] });
  `,
};

/**
 * A job of one op that logs one line. Sequential: from just before the `launchRun` mutation is sent to that line's timestamp, and to the
 * `RUN_SUCCESS` event's. Throughput: 100 runs launched at once by 4 clients, at most 10 at a time, to the end of the last.
 */
export const bench: Bench = async function* (options) {
  yield { bench: "launch", system: "millrace", ...(await measureMillrace(options.runs)) };
  if (options.peers.includes("dagster")) {
    for await (const line of measureDagster(options.runs)) yield { bench: "launch", ...line };
  }
};

async function measureMillrace(runs: number): Promise<object> {
  const project = createProject(ONE_OP_PROJECT);
  const stack = await startStack();
  try {
    const location = await stack.load("bench", project.folder);
    if (location.latest.error) throw new Error(location.latest.error.message);
    return {
      ...(await measureRuns(stack, { runs, warmUp: WARM_UP, pauseMs: PAUSE_MS })),
      runs_per_min: await measureThroughput(stack),
    };
  } finally {
    await stack.stop();
    project.remove();
  }
}

/** How quick runs of `one_op` are, one after the other: milliseconds from the launch to the line, and to the success. */
export async function measureRuns(
  stack: Stack,
  { runs, warmUp, pauseMs }: { readonly runs: number; readonly warmUp: number; readonly pauseMs: number },
): Promise<object> {
  const samples: { firstLine: number; success: number }[] = [];
  for (let run = 0; run < warmUp + runs; run++) {
    await sleep(pauseMs);
    const sample = await measureRun(stack);
    if (run >= warmUp) samples.push(sample);
  }
  return {
    n: samples.length,
    first_line_ms: percentiles(samples.map((sample) => sample.firstLine)),
    success_ms: percentiles(samples.map((sample) => sample.success)),
  };
}

async function measureRun(stack: Stack): Promise<{ firstLine: number; success: number }> {
  const launchedAt = performance.timeOrigin + performance.now();
  const id = await stack.launch({ jobName: "one_op" });
  const run = await awaitEnd(stack, id);
  const timeOf = (type: string) => {
    const event = run.events.nodes.find((candidate) => candidate.type === type);
    if (!event) throw new Error(`Run ${id} ended ${run.status} without ${type}: ${run.failureMessage}`);
    return Number(event.event["timestamp"]) - launchedAt;
  };
  return { firstLine: timeOf("LOG"), success: timeOf("RUN_SUCCESS") };
}

/** Asks every 100 ms, as the peer is asked: a client that listens to every change would be a part of the load. */
async function awaitEnd(stack: Stack, id: string): Promise<RunView> {
  for (;;) {
    await sleep(POLL_MS);
    const { run } = await stack.query<{ run: { status: string } }>(
      `query($id: ID!) { run(id: $id) { status } }`,
      {
        id,
      },
    );
    if (["SUCCESS", "FAILURE", "CANCELED"].includes(run.status)) return stack.awaitEnd(id);
  }
}

/** Successful runs per minute, from the first launch to the end of the last run. */
async function measureThroughput(stack: Stack): Promise<number> {
  const startedAt = Date.now();
  const launchEach = async () => {
    for (let index = 0; index < QUEUED_RUNS / CLIENTS; index++) {
      await stack.launch({ jobName: "one_op", tags: [{ key: "bench", value: "throughput" }] });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, launchEach));
  for (;;) {
    const { runs } = await stack.query<{ runs: { nodes: { status: string; endedAt: string | null }[] } }>(
      `{ runs(filter: { tags: [{ key: "bench", value: "throughput" }] }, limit: ${QUEUED_RUNS}) { nodes { status endedAt } } }`,
    );
    const failed = runs.nodes.find((run) => run.status === "FAILURE" || run.status === "CANCELED");
    if (failed) throw new Error("A run of the throughput workload did not succeed");
    const ended = runs.nodes.flatMap((run) => (run.endedAt ? [Date.parse(run.endedAt)] : []));
    if (ended.length === QUEUED_RUNS)
      return Math.round((QUEUED_RUNS * 60_000) / (Math.max(...ended) - startedAt));
    await sleep(200);
  }
}
