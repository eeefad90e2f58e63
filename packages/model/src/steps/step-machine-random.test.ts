import { expect, test } from "vitest";
import { start } from "./drive-steps.ts";
import { createCase, createRandom, finish } from "./random-case.ts";
import {
  isDone,
  listStepStates,
  takeReady,
  type ReadyStep,
  type StepMachineOptions,
} from "./step-machine.ts";
import { snapshotSteps, type StepsSnapshot } from "./step-snapshot.ts";

/** Runs a case to its end in a random order; `restart` replaces the machine by one made from a snapshot after each step. */
function runCase(seed: number, options: StepMachineOptions, restart: boolean): Record<string, string> {
  const { steps, outcomeOf } = createCase(seed);
  const random = createRandom(seed * 7919 + 1);
  let machine = start(steps, options);
  let running: ReadyStep[] = [];
  for (let guard = 0; !isDone(machine); guard++) {
    running.push(...takeReady(machine, 0));
    const [next] = running.splice(Math.floor(random() * running.length), 1);
    if (!next || guard > 1_000) throw new Error(`stuck: ${JSON.stringify(listStepStates(machine))}`);
    finish(machine, next.stepKey, next.graphKey, next, outcomeOf(next.stepKey));
    if (!restart) continue;
    machine = start(steps, {
      ...options,
      resume: JSON.parse(JSON.stringify(snapshotSteps(machine))) as StepsSnapshot,
    });
    running = [];
  }
  return Object.fromEntries(
    listStepStates(machine).map(({ stepKey, state }) => [stepKey, state === "abandoned" ? "skipped" : state]),
  );
}

/** Steps that did not run are compared without saying why: a step both skipped and abandoned is what came first. */
test("random graphs always end, and end the same in any order, one by one, or with a new worker after every step", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const expected = runCase(seed, {}, false);
    expect([seed, runCase(seed, { maxConcurrent: 1 }, false)]).toEqual([seed, expected]);
    expect([seed, runCase(seed, { maxConcurrent: 2 }, true)]).toEqual([seed, expected]);
  }
});
