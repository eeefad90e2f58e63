/* For tests only: small steps, and a machine driven by hand. */
import { createStepGraph, type StepDefinition, type StepInput } from "./step-graph.ts";
import {
  createStepMachine,
  onOutput,
  onSucceeded,
  takeReady,
  type StepMachineOptions,
} from "./step-machine.ts";
import type { StepMachine } from "./step-machine-state.ts";

/** A step with one optional output `result` and one input per dependency. */

export function step(
  key: string,
  dependencies: readonly string[] = [],
  more: Partial<StepDefinition> = {},
): StepDefinition {
  return {
    key,
    inputs: dependencies.map((dependency) => input("single", dependency)),
    outputs: [{ name: "result", required: false }],
    ...more,
  };
}

/** An input with one source per step, all of them `result`. */
export function input(kind: StepInput["kind"], ...stepKeys: string[]): StepInput {
  return {
    name: stepKeys.join("_"),
    kind,
    sources: stepKeys.map((stepKey) => ({ stepKey, outputName: "result" })),
  };
}

/** A step with a dynamic output. */
export const fan = step("fan", [], { outputs: [{ name: "result", dynamic: true }] });

/** A machine for these steps. */
export function start(steps: readonly StepDefinition[], options: StepMachineOptions = {}): StepMachine {
  return createStepMachine(createStepGraph(steps), options);
}

/** Takes what may start and names it. */
export function ready(machine: StepMachine, now = 0): string[] {
  return takeReady(machine, now).map((taken) => taken.stepKey);
}

/** Lets running steps emit `result` and succeed. */
export function succeed(machine: StepMachine, ...stepKeys: string[]): void {
  for (const stepKey of stepKeys) {
    onOutput(machine, stepKey, "result");
    onSucceeded(machine, stepKey);
  }
}

/** Lets `fan` emit these mapping keys and succeed. */
export function succeedFan(machine: StepMachine, ...mappingKeys: string[]): void {
  for (const mappingKey of mappingKeys) onOutput(machine, "fan", "result", mappingKey);
  onSucceeded(machine, "fan");
}
