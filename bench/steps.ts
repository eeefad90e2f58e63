import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { measureDagsterSteps } from "./dagster-steps.ts";
import { PAUSE_MS } from "./launch-workload.ts";
import { percentiles } from "./percentiles.ts";
import { EXECUTORS, SHAPES, STEPS, jobName, perStep } from "./steps-workload.ts";
import { createProject } from "../test/system/project.ts";
import { startStack, type Stack } from "../test/system/stack.ts";

/** Runs before the first that counts. */
const WARM_UP = 3;
const PROJECT = {
  "src/definitions.ts": `
    import { definitions, inProcessExecutor, job, op, processExecutor } from "millrace";
    const noop = op("noop", () => {});
    const numbers = Array.from({ length: ${STEPS} - 1 }, (_, index) => index);
    const executors = { in_process: inProcessExecutor(), isolated: processExecutor() };
    export const defs = definitions({
      jobs: Object.entries(executors).flatMap(([name, executor]) => [
        job("sequence_" + name, { executor }, () => {
          let previous = noop();
          for (const number of numbers) previous = noop.with({ alias: \`n\${number}\`, after: [previous] })();
        }),
        job("parallel_" + name, { executor }, () => {
          noop();
          for (const number of numbers) noop.with({ alias: \`n\${number}\` })();
        }),
      ]),
    });
  `,
};

/**
 * Jobs of 100 ops that do nothing, each after the other (`sequence`) or all free to start (`parallel`), in the run worker
 * (`in_process`) or each in a process of its own (`isolated`), without values that matter. One sample is one run: the time
 * from the first `STEP_START` to the last `STEP_SUCCESS`, divided by the steps.
 */
export const bench: Bench = async function* (options) {
  const project = createProject(PROJECT);
  const stack = await startStack();
  try {
    const location = await stack.load("bench", project.folder);
    if (location.latest.error) throw new Error(location.latest.error.message);
    for (const executor of EXECUTORS) {
      for (const shape of SHAPES) {
        const samples: number[] = [];
        for (let run = 0; run < WARM_UP + options.runs; run++) {
          await sleep(PAUSE_MS);
          const sample = await measureRun(stack, jobName(shape, executor));
          if (run >= WARM_UP) samples.push(sample);
        }
        const measured = { executor, shape, n: samples.length, per_step_ms: percentiles(samples) };
        yield { bench: "steps", system: "millrace", ...measured };
      }
    }
  } finally {
    await stack.stop();
    project.remove();
  }
  if (options.peers.includes("dagster"))
    for await (const line of measureDagsterSteps(options.runs)) yield { bench: "steps", ...line };
};

async function measureRun(stack: Stack, job: string): Promise<number> {
  const run = await stack.awaitEnd(await stack.launch({ jobName: job }));
  if (run.status !== "SUCCESS") throw new Error(`The run ended ${run.status}: ${run.failureMessage}`);
  return perStep(
    run.events.nodes.map(({ type, event }) => ({ type, timestamp: Number(event["timestamp"]) })),
  );
}
