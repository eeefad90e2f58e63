import { AsyncLocalStorage } from "node:async_hooks";

const currentStep = new AsyncLocalStorage<string>();

/** Runs code as part of a step: what it and everything it starts write to the console belongs to that step. */
export function runAsStep<T>(stepKey: string, code: () => T): T {
  return currentStep.run(stepKey, code);
}

/** The step whose code asks, or null outside of steps. */
export function findCurrentStep(): string | null {
  return currentStep.getStore() ?? null;
}
