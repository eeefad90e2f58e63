/**
 * `npm run simulate -- [--seed N] [--seeds COUNT] [--hours H] [--until SECONDS]`: simulates control planes, agents and workers under faults, and
 * prints a JSON line for each seed. Without `--hours`, a simulation is as short as those of `npm test`, so that a seed that failed
 * there fails here. Ends with 1 when something did not hold, and says how short a beginning of it is enough for that: after `--until`
 * nothing more is done and nothing goes wrong.
 *
 * `npm run simulate -- --schedules N [--hours H]`, with the same options, lets that many schedules of mixed crons tick for so long, a
 * week without `--hours`, and nothing else happen.
 */
import { parseArgs } from "node:util";
import { findShortestPrefix } from "../packages/control-plane/src/simulation/shortest-prefix.ts";
import { SHORT, simulate } from "../packages/control-plane/src/simulation/simulate.ts";
import { SimulationFailed } from "../packages/control-plane/src/simulation/simulation-failed.ts";
import { simulateSchedules } from "../packages/control-plane/src/simulation/simulate-schedules.ts";
import { openSimulatedDatabase } from "../packages/control-plane/src/testing/simulated-database.ts";
import { setup } from "../packages/control-plane/src/testing/test-database-setup.ts";

/** Seconds between two launches in a long simulation, on the average. */
const LAUNCH_EVERY_SECONDS = 10;

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "1" },
    hours: { type: "string" },
    until: { type: "string" },
    schedules: { type: "string" },
  },
});
const first = readNumber("seed", values.seed ?? String(Date.now() % 1_000_000_000));
const count = readNumber("seeds", values.seeds);
const whole = values.hours === undefined ? SHORT : sizeOf(readNumber("hours", values.hours) * 3_600);
const until = values.until === undefined ? undefined : readNumber("until", values.until);
const schedules = values.schedules === undefined ? null : readNumber("schedules", values.schedules);

let serverUrl = "";
const tearDown = await setup({ provide: (_name, url) => (serverUrl = url) });
const database = await openSimulatedDatabase(serverUrl);
try {
  for (let seed = first; seed < first + count; seed++)
    await (schedules === null ? simulateOne(seed) : simulateWeek(seed, schedules));
} finally {
  await database.drop();
  await tearDown();
}

/** Simulates a seed, and prints what came of it, or how short a beginning of it fails. */
async function report(
  seed: number,
  seconds: number,
  options: string,
  run: (replay: string, until?: number) => Promise<object>,
): Promise<void> {
  const replay = `npm run simulate -- --seed ${seed}${options}`;
  const startedAt = performance.now();
  try {
    const found = await run(replay);
    const took = Math.round((performance.now() - startedAt) / 100) / 10;
    console.log(JSON.stringify({ seed, ...found, took }));
  } catch (error) {
    if (!(error instanceof SimulationFailed)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    const shortest = await findShortestPrefix(seconds, (until) => fails(() => run(replay, until)));
    console.error(`The shortest beginning that fails: ${replay} --until ${shortest}`);
  }
}

function simulateOne(seed: number): Promise<void> {
  const options = values.hours === undefined ? "" : ` --hours ${values.hours}`;
  return report(seed, until ?? whole.seconds, options, (replay, seconds = until) =>
    simulate(database, seed, { ...whole, ...(seconds === undefined ? {} : { until: seconds }) }, replay),
  );
}

function simulateWeek(seed: number, schedules: number): Promise<void> {
  const hours = readNumber("hours", values.hours ?? "168");
  const options = ` --schedules ${schedules} --hours ${hours}`;
  return report(seed, until ?? hours * 3_600, options, (replay, seconds = until ?? hours * 3_600) =>
    simulateSchedules(database, { seed, schedules, hours, until: seconds / 3_600 }, replay),
  );
}

async function fails(run: () => Promise<object>): Promise<boolean> {
  try {
    await run();
    return false;
  } catch (error) {
    if (error instanceof SimulationFailed) return true;
    throw error;
  }
}

function sizeOf(seconds: number): typeof SHORT {
  return { seconds, launches: Math.ceil(seconds / LAUNCH_EVERY_SECONDS) };
}

function readNumber(name: string, text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !(number >= 0)) throw new Error(`--${name} must be a number, not ${text}`);
  return number;
}
