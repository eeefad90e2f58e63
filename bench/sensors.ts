import { setTimeout as sleep } from "node:timers/promises";
import { createProject } from "../test/system/project.ts";
import { startStack, type Stack } from "../test/system/stack.ts";
import type { Bench } from "./bench.ts";
import { percentilesOf } from "./percentiles.ts";

const SENSORS = 1_000;
const BLOCKED = 10;
const INTERVAL_SECONDS = 30;
const MEASURED_MS = 60_000;

/**
 * 1,000 sensors with the default interval of 30 seconds, of which 10 wait a minute for what does not answer; the others ask for nothing.
 * For a minute that begins while the slow ones wait: how late the others are, from when each was due to the end of its evaluation.
 */
export const bench: Bench = async function* () {
  const project = createProject({
    "src/definitions.ts": `
      import { setTimeout as sleep } from "node:timers/promises";
      import { asset, definitions, sensor, skip } from "millrace";
      const one = asset("one", () => 1);
      const options = { target: [one], minimumIntervalSeconds: ${INTERVAL_SECONDS}, runningByDefault: true };
      const sensors = Array.from({ length: ${SENSORS} }, (_, index) =>
        sensor((index < ${BLOCKED} ? "slow_" : "quick_") + index, options, async () => {
          if (index < ${BLOCKED}) await sleep(60_000);
          return skip("nothing to do");
        }));
      export const defs = definitions({ assets: [one], sensors });
    `,
  });
  const stack = await startStack();
  try {
    await stack.load("bench", project.folder);
    // The first evaluations of all come at once, when the location serves.
    await sleep(INTERVAL_SECONDS * 1_000 - 5_000);
    const from = Date.now();
    await sleep(MEASURED_MS + 5_000);
    const lateness = await listLateness(stack, from, from + MEASURED_MS);
    yield {
      bench: "sensors",
      system: "millrace",
      sensors: SENSORS,
      blocked: BLOCKED,
      evaluations: lateness.length,
      lateness_ms: percentilesOf(lateness),
    };
  } finally {
    await stack.stop();
    project.remove();
  }
};

/** Of the quick sensors, for the ticks that were due in a time. One that is not over by now would count as late as that. */
async function listLateness(stack: Stack, from: number, to: number): Promise<number[]> {
  interface Answer {
    readonly sensors: readonly {
      readonly name: string;
      readonly state: {
        readonly ticks: {
          readonly nodes: readonly { readonly scheduledAt: string; readonly finishedAt: string | null }[];
        };
      };
    }[];
  }
  const { sensors } = await stack.query<Answer>(
    `{ sensors { name state { ticks(limit: 5) { nodes { scheduledAt finishedAt } } } } }`,
  );
  return sensors
    .filter(({ name }) => name.startsWith("quick_"))
    .flatMap(({ state }) => state.ticks.nodes)
    .map(({ scheduledAt, finishedAt }) => ({
      due: Date.parse(scheduledAt),
      end: finishedAt === null ? Date.now() : Date.parse(finishedAt),
    }))
    .filter(({ due }) => due >= from && due < to)
    .map(({ due, end }) => end - due);
}
