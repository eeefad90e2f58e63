import { AsyncLocalStorage } from "node:async_hooks";

/** One attempt of a step whose code runs in this process. */
interface CurrentStep {
  readonly stepKey: string;
  /** Receives errors that its code threw where nobody catches them. */
  readonly onStray: (error: unknown) => "taken" | "refused";
}

const currentStep = new AsyncLocalStorage<CurrentStep>();

/**
 * Runs code as part of a step: what it and everything it starts write to the console belongs to that step, and so do errors
 * that they throw where nobody catches them. Without `onStray`, those are the run's.
 */
export function runAsStep<T>(
  stepKey: string,
  code: () => T,
  onStray: CurrentStep["onStray"] = () => "refused",
): T {
  return currentStep.run({ stepKey, onStray }, code);
}

/** The step whose code asks, or null outside of steps. */
export function findCurrentStep(): string | null {
  return currentStep.getStore()?.stepKey ?? null;
}

/**
 * Hands an error that nobody caught to the attempt whose code threw it; to be called by the process's handlers of such errors,
 * which Node calls in the context of what threw.
 *
 * @returns false when it is no step's, or that of a step that has succeeded already: then it is the run's.
 */
export function giveToItsStep(error: unknown): boolean {
  return currentStep.getStore()?.onStray(error) === "taken";
}
