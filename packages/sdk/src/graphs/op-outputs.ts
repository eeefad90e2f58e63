import type { OpOutput } from "./op-definition.ts";
import type { Handle, ManyHandle } from "./handle.ts";

declare const outputValue: unique symbol;

/** One declared output of an op with several; `T` is the type of its value. */
export interface OutputSpec<
  T = unknown,
  Required extends boolean = boolean,
  Dynamic extends boolean = boolean,
> {
  readonly [outputValue]?: T;
  readonly description: string | null;
  readonly required: Required;
  readonly dynamic: Dynamic;
}

/** Declared outputs by name. */
export type OutputSpecs = Readonly<Record<string, OutputSpec>>;

/** Any number of values with their mapping keys, such as a `Map`, or what an async generator yields. */
export type DynamicValues<T> = Iterable<readonly [string, T]> | AsyncIterable<readonly [string, T]>;

/** What the code of an op with declared outputs returns: an object without the optional outputs it leaves out. */
export type OutputValues<O extends OutputSpecs> = {
  readonly [K in keyof O as O[K]["required"] extends true ? K : never]: ValueOf<O[K]>;
} & { readonly [K in keyof O as O[K]["required"] extends true ? never : K]?: ValueOf<O[K]> };

type ValueOf<S> =
  S extends OutputSpec<infer T, boolean, infer Dynamic>
    ? [Dynamic] extends [true]
      ? DynamicValues<T>
      : T
    : never;

/** The handles that calling such an op returns. */
export type OutputHandles<O extends OutputSpecs> = {
  readonly [K in keyof O]: O[K] extends OutputSpec<infer T, boolean, infer Dynamic>
    ? [Dynamic] extends [true]
      ? ManyHandle<T>
      : Handle<T>
    : never;
};

/** Declares an output that is always there. */
export function output<T>(options: { readonly description?: string } = {}): OutputSpec<T, true, false> {
  return { description: options.description ?? null, required: true, dynamic: false };
}

/** Declares an output that the op may leave out; what depends on it is skipped then. */
export function optionalOutput<T>(
  options: { readonly description?: string } = {},
): OutputSpec<T, false, false> {
  return { description: options.description ?? null, required: false, dynamic: false };
}

/** Declares an output of any number of values, each with a mapping key; what depends on it runs once for each. */
export function dynamicOutput<T>(options: { readonly description?: string } = {}): OutputSpec<T, true, true> {
  return { description: options.description ?? null, required: true, dynamic: true };
}

/** Declared outputs as a list. */
export function listOutputs(specs: OutputSpecs): OpOutput[] {
  return Object.entries(specs).map(([name, spec]) => ({
    name,
    description: spec.description,
    required: spec.required,
    dynamic: spec.dynamic,
  }));
}
