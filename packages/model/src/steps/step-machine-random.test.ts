import { expect, test } from "vitest";
import { input, start, step } from "./drive-steps.ts";
import type { StepDefinition } from "./step-graph.ts";
import {
  isDone,
  listStepStates,
  onFailed,
  onOutput,
  onSucceeded,
  takeReady,
  type StepMachineOptions,
} from "./step-machine.ts";
import type { StepMachine } from "./step-machine-state.ts";
import { snapshotSteps, type StepsSnapshot } from "./step-snapshot.ts";

/** Numbers in [0, 1) that are the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Outcome = "success" | "nothing emitted" | "failure" | "retry";

/** A random graph with lists, mapped chains and collecting steps, and what each step does at its first attempt. */
function createCase(seed: number): { steps: StepDefinition[]; outcomeOf: (key: string) => Outcome } {
  const random = createRandom(seed);
  const pick = (keys: readonly string[]): string => keys[Math.floor(random() * keys.length)] ?? "s0";
  const steps: StepDefinition[] = [step("s0")];
  const plain = ["s0"];
  for (let i = 1; i < 12; i++) {
    const key = `s${i}`;
    const [a, b] = [pick(plain), pick(plain)];
    const kind = random();
    if (kind < 0.15) {
      steps.push(step(key, [a], { outputs: [{ name: "result", dynamic: true }] }));
      steps.push(step(`${key}m`, [key, b]), step(`${key}n`, [`${key}m`]));
      steps.push(step(`${key}c`, [], { inputs: [input("collect", random() < 0.5 ? `${key}m` : `${key}n`)] }));
      plain.push(`${key}c`);
      continue;
    }
    if (kind < 0.35) steps.push(step(key, [], { inputs: [input("list", ...new Set([a, b]))] }));
    else if (kind < 0.5) steps.push(step(key, [a], { after: [b] }));
    else steps.push(step(key, [...new Set([a, b])]));
    plain.push(key);
  }
  const outcomes: Record<string, Outcome> = {};
  const outcomeOf = (key: string): Outcome => {
    const draw = createRandom(
      seed + Array.from(key).reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7),
    )();
    return (outcomes[key] ??=
      draw < 0.08 ? "failure" : draw < 0.18 ? "nothing emitted" : draw < 0.25 ? "retry" : "success");
  };
  return { steps, outcomeOf };
}

/** Ends one running step the way its case wants it. */
function finish(
  machine: StepMachine,
  key: string,
  graphKey: string,
  attempt: number,
  outcome: Outcome,
): void {
  if (outcome === "failure") return onFailed(machine, key, null);
  if (outcome === "retry" && attempt === 1) return onFailed(machine, key, 0);
  const isDynamic = machine.graph.steps.get(graphKey)?.outputs[0]?.dynamic === true;
  if (isDynamic && outcome === "success")
    for (const mappingKey of ["x", "y"]) onOutput(machine, key, "result", mappingKey);
  else if (!isDynamic && outcome !== "nothing emitted") onOutput(machine, key, "result");
  onSucceeded(machine, key);
}

/** Runs a case to its end in a random order; `restart` replaces the machine by one made from a snapshot after each step. */
function runCase(seed: number, options: StepMachineOptions, restart: boolean): Record<string, string> {
  const { steps, outcomeOf } = createCase(seed);
  const random = createRandom(seed * 7919 + 1);
  let machine = start(steps, options);
  let running: { key: string; graphKey: string; attempt: number }[] = [];
  for (let guard = 0; !isDone(machine); guard++) {
    for (const { stepKey, graphKey, attempt } of takeReady(machine, 0))
      running.push({ key: stepKey, graphKey, attempt });
    const [next] = running.splice(Math.floor(random() * running.length), 1);
    if (!next || guard > 1_000) throw new Error(`stuck: ${JSON.stringify(listStepStates(machine))}`);
    finish(machine, next.key, next.graphKey, next.attempt, outcomeOf(next.key));
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
