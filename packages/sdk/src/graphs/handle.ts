import type { Definition } from "../definition/definition.ts";

declare const handleValue: unique symbol;
declare const howMany: unique symbol;

/** Marks handles, whichever copy of this package made them. */
export const HANDLE: unique symbol = Symbol.for("millrace.handle");

/** Marks handles that mean all values of a dynamic output, as one list. */
const COLLECTED: unique symbol = Symbol.for("millrace.handle-collected");

/** Where a value comes from, seen from inside the body of a graph: a node's output, or an input of the graph itself. */
export type HandleSource =
  | { readonly kind: "output"; readonly node: string; readonly outputName: string }
  | { readonly kind: "graph_input"; readonly index: number };

/**
 * A value that will be there when the graph runs: what calling an op in the body of a graph or job returns.
 *
 * Its type is a property that is always there, for the compiler alone: of one that may be missing, errors would speak of
 * `exactOptionalPropertyTypes` rather than of the value.
 */
export interface Handle<T = unknown> {
  readonly [HANDLE]: HandleSource;
  readonly [howMany]: "one value";
  readonly [handleValue]: T;
}

/** Values of which nobody knows yet how many there will be: a dynamic output, or what was made of each of its values. */
export interface ManyHandle<T = unknown> {
  readonly [HANDLE]: HandleSource;
  readonly [howMany]: "any number of values: map(…) over them, or collect() them into a list";
  readonly [handleValue]: T;
  /** Runs what `body` calls once for each value. */
  map<U>(body: (item: Handle<T>) => Handle<U>): ManyHandle<U>;
  /** All values as one list, for what comes after. */
  collect(): Handle<T[]>;
}

/** What may be given for an input of type `T`: a handle, or handles that are gathered into a list. */
export type HandleInput<T> = Handle<T> | (T extends readonly (infer E)[] ? readonly Handle<E>[] : never);

/** Inputs of an op or graph as handles. */
export type HandleInputs<A extends readonly unknown[]> = { [I in keyof A]: HandleInput<A[I]> };

/** Handles by output name. */
export type HandleMap = Readonly<Record<string, Handle | ManyHandle>>;

/** Makes the handle of one value. */
export function createHandle<T>(source: HandleSource): Handle<T> {
  return Object.freeze({ [HANDLE]: source }) as unknown as Handle<T>;
}

/** Makes the handle of values whose number is not known. */
export function createManyHandle<T>(source: HandleSource): ManyHandle<T> {
  return Object.freeze({
    [HANDLE]: source,
    map: <U>(body: (item: Handle<T>) => Handle<U>): ManyHandle<U> =>
      createManyHandle(body(createHandle<T>(source))[HANDLE]),
    collect: () => Object.freeze({ [HANDLE]: source, [COLLECTED]: true }) as unknown as Handle<T[]>,
  }) as unknown as ManyHandle<T>;
}

/** Whether a value is a handle of either kind. */
export function isHandle(value: unknown): value is Handle | ManyHandle {
  return typeof value === "object" && value !== null && HANDLE in value;
}

/** Whether a handle means all values of a dynamic output. */
export function isCollected(handle: Handle | ManyHandle): boolean {
  return COLLECTED in handle;
}

/** What one input of a node is connected to. */
export interface InputBinding {
  readonly kind: "single" | "list" | "collect";
  readonly sources: readonly HandleSource[];
}

/** A definition that can be called in the body of a graph. */
export interface NodeDefinition extends Definition<"op" | "graph"> {
  readonly name: string;
}
