import { expect, test } from "vitest";
import { createSimulatedDatabase } from "../testing/test-database.ts";
import { SHORT, simulate } from "./simulate.ts";

const SEEDS = 200;
/** Simulations at one time, each on a database of its own. */
const LANES = 3;
const databases = await Promise.all(Array.from({ length: LANES }, () => createSimulatedDatabase()));
const [first = databases[0]] = databases;

test("a simulation is the same each time, and another one for another seed", async () => {
  if (first === undefined) throw new Error("There is no database");

  const once = await simulate(first, 1, SHORT);

  expect(await simulate(first, 1, SHORT)).toEqual(once);
  expect((await simulate(first, 2, SHORT)).trace).not.toBe(once.trace);
}, 120_000);

test(`whatever goes wrong in ${SEEDS} simulations, runs end, each event is there once, and slots hold`, async () => {
  const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
  let runs = 0;

  await Promise.all(
    databases.map(async (database) => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const simulated = await simulate(database, seed, SHORT);
        runs += simulated.runs;
      }
    }),
  );

  expect(runs).toBeGreaterThan(2 * SEEDS);
}, 600_000);
