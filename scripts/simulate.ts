/**
 * `npm run simulate -- [--seed N] [--seeds COUNT] [--hours H] [--until SECONDS]`: simulates control planes, agents and workers under faults, and
 * prints a JSON line for each seed. Without `--hours`, a simulation is as short as those of `npm test`, so that a seed that failed
 * there fails here. Ends with 1 when something did not hold, and says how short a beginning of it is enough for that: after `--until`
 * nothing more is done and nothing goes wrong.
 *
 * `npm run simulate -- --schedules N [--hours H] [--seed S]` lets that many schedules of mixed crons tick for so long, a week without
 * `--hours`, in several replicas and with outages, and prints a JSON line.
 */
import { parseArgs } from "node:util";
import { findShortestPrefix } from "../packages/control-plane/src/simulation/shortest-prefix.ts";
import { SHORT, simulate, SimulationFailed } from "../packages/control-plane/src/simulation/simulate.ts";
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
const size = values.until === undefined ? whole : { ...whole, until: readNumber("until", values.until) };

let serverUrl = "";
const tearDown = await setup({ provide: (_name, url) => (serverUrl = url) });
const database = await openSimulatedDatabase(serverUrl);
try {
  if (values.schedules !== undefined) await simulateTicks(readNumber("schedules", values.schedules));
  else for (let seed = first; seed < first + count; seed++) await simulateOne(seed);
} finally {
  await database.drop();
  await tearDown();
}

async function simulateTicks(schedules: number): Promise<void> {
  const hours = readNumber("hours", values.hours ?? "168");
  const startedAt = performance.now();
  const report = await simulateSchedules(database, { seed: first, schedules, hours });
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  console.log(JSON.stringify({ simulate: "schedules", seed: first, schedules, hours, seconds, ...report }));
}

async function simulateOne(seed: number): Promise<void> {
  const hours = values.hours === undefined ? "" : ` --hours ${values.hours}`;
  const replay = `npm run simulate -- --seed ${seed}${hours}`;
  try {
    const report = await simulate(database, seed, size, replay);
    console.log(JSON.stringify({ seed, ...report }));
  } catch (error) {
    if (!(error instanceof SimulationFailed)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    const shortest = await findShortestPrefix(size.until ?? size.seconds, (until) => fails(seed, until));
    console.error(`The shortest beginning that fails: ${replay} --until ${shortest}`);
  }
}

async function fails(seed: number, until: number): Promise<boolean> {
  try {
    await simulate(database, seed, { ...size, until });
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
