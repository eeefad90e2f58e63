import type { RunEvent } from "@millrace/model/run-event";
import type { StepsSnapshot } from "@millrace/model/steps/step-snapshot";
import { isRemembered, NO_MEMORY, remember, type StepMemory } from "@millrace/model/steps/step-memory";

/** What the steps of a run remember of their earlier attempts, those of other processes included. */
export interface RunMemory {
  of(stepKey: string): StepMemory;
  /** Takes down what an event of the run says. */
  note(event: RunEvent): void;
}

/**
 * Creates the memory of a run's steps.
 *
 * @param resume Where an earlier attempt of the run stopped; null: there was none.
 */
export function createRunMemory(resume: StepsSnapshot | null): RunMemory {
  const memories = new Map(
    (resume?.started ?? []).map(({ stepKey, memory = NO_MEMORY }) => [stepKey, memory]),
  );
  const of = (stepKey: string): StepMemory => memories.get(stepKey) ?? NO_MEMORY;
  return {
    of,
    note(event) {
      if (isRemembered(event)) memories.set(event.stepKey, remember(of(event.stepKey), event));
    },
  };
}
