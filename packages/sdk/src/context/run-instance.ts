import type { DeploymentQuestions } from "./deployment-questions.ts";

/**
 * What a run may ask of its deployment while it executes, and what it may change there. Arguments and answers are plain JSON data.
 *
 * In a run worker the control plane answers, over the agent API: a question waits for as long as that can't be reached,
 * and fails only when the run is interrupted or the control plane refuses. In tests it is `memoryRunInstance`.
 */
export interface RunInstance extends DeploymentQuestions {
  /**
   * Adds keys behind those that are there; one that is there already keeps its place.
   *
   * @throws when a key can't be one: see `explainInvalidDynamicKey` in the model.
   */
  addDynamicPartitions(name: string, keys: readonly string[]): Promise<void>;
  /** Removes keys; one that is not there is passed over. What the partitions' assets stored stays. */
  deleteDynamicPartitions(name: string, keys: readonly string[]): Promise<void>;
  /**
   * Claims a slot of a pool for a step, which has it until it frees it, or the attempt of the run ends. Where none is free, the step
   * waits in line, for at most `waitMs` in this call; who asks again keeps its place.
   *
   * @returns whether the step has the slot.
   */
  claimPoolSlot(stepKey: string, pool: string, waitMs: number): Promise<boolean>;
  /** Gives back what a step has claimed, if it has. */
  freePoolSlot(stepKey: string): Promise<void>;
}
