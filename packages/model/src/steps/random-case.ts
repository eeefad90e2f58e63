/* For tests only: random graphs, and steps that end in random ways. */
import { input, step } from "./drive-steps.ts";
import type { StepDefinition } from "./step-graph.ts";
import { onFailed, onOutput, onSucceeded, onWaiting, type ReadyStep } from "./step-machine.ts";
import type { StepMachine } from "./step-machine-state.ts";

/** Numbers in [0, 1) that are the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a step does at its first attempt. */
export type Outcome = "success" | "nothing emitted" | "failure" | "retry" | "wait";

/** A random graph with lists, mapped chains and collecting steps, and what each step does at its first attempt. */
export function createCase(seed: number): { steps: StepDefinition[]; outcomeOf: (key: string) => Outcome } {
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
      draw < 0.08
        ? "failure"
        : draw < 0.18
          ? "nothing emitted"
          : draw < 0.25
            ? "retry"
            : draw < 0.35
              ? "wait"
              : "success");
  };
  return { steps, outcomeOf };
}

/** Ends one running step the way its case wants it. */
export function finish(
  machine: StepMachine,
  key: string,
  graphKey: string,
  { attempt, goesOn }: Pick<ReadyStep, "attempt" | "goesOn">,
  outcome: Outcome,
): void {
  if (outcome === "failure") return onFailed(machine, key, null);
  if (outcome === "retry" && attempt === 1) return onFailed(machine, key, 0);
  if (outcome === "wait" && !goesOn) return onWaiting(machine, key, 0);
  const isDynamic = machine.graph.steps.get(graphKey)?.outputs[0]?.dynamic === true;
  if (isDynamic && outcome !== "nothing emitted")
    for (const mappingKey of ["x", "y"]) onOutput(machine, key, "result", mappingKey);
  else if (!isDynamic && outcome !== "nothing emitted") onOutput(machine, key, "result");
  onSucceeded(machine, key);
}
