import type { Computation } from "../computation/computation.ts";
import type { Definition } from "../definition/definition.ts";

/** One output of an op. */
export interface OpOutput {
  readonly name: string;
  readonly description: string | null;
  /** False: the op may leave it out, and what depends on it is skipped. */
  readonly required: boolean;
  /** Any number of values, each with its own mapping key. */
  readonly dynamic: boolean;
}

/** A unit of work for jobs and graphs. */
export interface OpDefinition extends Definition<"op">, Computation {
  readonly source: Definition["source"];
  readonly name: string;
  readonly description: string | null;
  /** Names of the inputs, in order. Inputs beyond them are called `input_2` and so on. */
  readonly inputNames: readonly string[];
  readonly outputs: readonly OpOutput[];
}
