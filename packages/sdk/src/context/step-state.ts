import type { StandardSchemaV1 } from "@standard-schema/spec";
import { explainInvalidText } from "@millrace/model/text-limits";
import { DefinitionError } from "../definition/definition-error.ts";

/** A value that a step keeps for its next attempt: its name and what it is like. Made by `stepState`. */
export interface StepState<I = unknown, O = unknown> {
  readonly name: string;
  readonly schema: StandardSchemaV1<I, O>;
}

/** What the code of a step keeps from one attempt to the next: `context.state`. */
export interface StateAccess {
  /**
   * What was set last, in whatever attempt of this step in this run; undefined: nothing.
   *
   * @throws InvalidStepState when it is not what the schema asks for, as after a change of the code.
   */
  get<O>(state: StepState<unknown, O>): Promise<O | undefined>;
  /**
   * Keeps a value in place of the one before. Once the promise has resolved, the value is in the run's journal, or handed to the run's
   * worker by a step in a process of its own: a further attempt finds it when this one fails, when its process is killed, and when
   * it waits.
   *
   * @param value JSON of at most 64 KiB. It is shown with the run's events, so it must not hold a secret.
   * @throws InvalidStepState for what can't be kept.
   */
  set<I>(state: StepState<I>, value: NoInfer<I>): Promise<void>;
  /** Keeps nothing under the name any more, so that the next attempt begins anew. */
  clear(state: StepState): Promise<void>;
}

/**
 * Names a value that steps keep for their next attempt, such as the id of a job that runs elsewhere: it is submitted once, and
 * found again after a failure, a crash or a wait. Each step of each run has values of its own, and so has each partition of a step
 * that makes several one after the other. A new run, also one that repeats another, begins with none.
 *
 * @param name Tells it from others of the same step.
 * @param schema What it is like: any Standard Schema whose input is JSON. It is asked when the value is set and when it is read.
 *
 * @example
 * const exportJob = stepState("export_job", z.object({ id: z.string() }));
 *
 * const exported = asset("exported", async (context) => {
 *   let job = await context.state.get(exportJob);
 *   if (job === undefined) {
 *     job = await submitExport();
 *     await context.state.set(exportJob, job);
 *   }
 *   context.log.info(`Export ${job.id} runs`);
 * });
 *
 * @throws DefinitionError for a name that can't be stored.
 */
export function stepState<S extends StandardSchemaV1>(
  name: string,
  schema: S,
): StepState<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>> {
  const problem = name === "" ? "is empty" : explainInvalidText(name);
  if (problem !== null) throw new DefinitionError("invalid_name", `The name of a step's state ${problem}`);
  return { name, schema };
}
