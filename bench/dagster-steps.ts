import { setTimeout as sleep } from "node:timers/promises";
import { startDagster, type Dagster } from "./dagster-peer.ts";
import { PAUSE_MS, POLL_MS } from "./launch-workload.ts";
import { percentiles } from "./percentiles.ts";
import { EXECUTORS, SHAPES, STEPS, jobName, perStep } from "./steps-workload.ts";

const DEFINITIONS = `
import dagster as dg

@dg.op(out=dg.Out(dg.Nothing))
def first():
    pass

@dg.op(ins={"previous": dg.In(dg.Nothing)}, out=dg.Out(dg.Nothing))
def following():
    pass

def jobs_of(name, executor):
    @dg.job(name=f"sequence_{name}", executor_def=executor)
    def sequence():
        last = first()
        for number in range(${STEPS - 1}):
            last = following.alias(f"n{number}")(previous=last)

    @dg.job(name=f"parallel_{name}", executor_def=executor)
    def parallel():
        for number in range(${STEPS}):
            first.alias(f"n{number}")()

    return [sequence, parallel]

defs = dg.Definitions(
    jobs=jobs_of("in_process", dg.in_process_executor) + jobs_of("isolated", dg.multiprocess_executor)
)
`;
/** Without its queue, which would only add time before the first step. */
const INSTANCE = "run_coordinator:\n  module: dagster.core.run_coordinator\n  class: DefaultRunCoordinator\n";
const WARM_UP = { in_process: 1, isolated: 0 };
/** Dagster takes seconds a run, and minutes with a process for each step: fewer samples say as much. */
const MOST_RUNS = { in_process: 10, isolated: 1 };

/** The same jobs on Dagster: nothing is passed on or stored. */
export async function* measureDagsterSteps(runs: number): AsyncGenerator<object> {
  const dagster = await startDagster(DEFINITIONS, INSTANCE);
  try {
    for (const executor of EXECUTORS) {
      const n = Math.min(runs, MOST_RUNS[executor]);
      for (const shape of SHAPES) {
        const samples: number[] = [];
        for (let run = 0; run < WARM_UP[executor] + n; run++) {
          await sleep(PAUSE_MS);
          const sample = await measureRun(dagster, jobName(shape, executor));
          if (run >= WARM_UP[executor]) samples.push(sample);
        }
        yield { system: "dagster", executor, shape, n, per_step_ms: percentiles(samples) };
      }
    }
  } finally {
    await dagster.stop();
  }
}

async function measureRun(dagster: Dagster, job: string): Promise<number> {
  const id = await dagster.launch(job);
  for (;;) {
    await sleep(POLL_MS);
    const { runOrError } = await dagster.query<{ runOrError: { status: string } }>(
      `query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }`,
      { id },
    );
    if (runOrError.status === "FAILURE") throw new Error(`Dagster's run ${id} failed`);
    if (runOrError.status === "SUCCESS") break;
  }
  const { logsForRun } = await dagster.query<{
    logsForRun: { events: readonly { timestamp: string; eventType: string | null }[] };
  }>(
    `query($id: ID!) { logsForRun(runId: $id) { ... on EventConnection { events { ... on MessageEvent { timestamp eventType } } } } }`,
    { id },
  );
  return perStep(
    logsForRun.events.map(({ timestamp, eventType }) => ({
      type: eventType ?? "",
      timestamp: Number(timestamp),
    })),
  );
}
