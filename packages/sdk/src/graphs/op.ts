import type { ConfigSchema, TakesConfig } from "../config/config-schema.ts";
import type { Computation, ComputationOptions } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { DEFINITION } from "../definition/definition.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { StepContext } from "../computation/step-context.ts";
import { RESULT, recordInvocation } from "./composition.ts";
import type { InvocationOptions } from "./graph-definition.ts";
import { createHandle, createManyHandle, type Handle, type HandleInputs, type ManyHandle } from "./handle.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { OpDefinition, OpOutput } from "./op-definition.ts";
import {
  listOutputs,
  type DynamicValues,
  type OutputHandles,
  type OutputSpecs,
  type OutputValues,
} from "./op-outputs.ts";

/** What the code of an op receives first. */
export type OpContext<C = undefined, R = {}> = StepContext<C, R>;

/**
 * An op. Calling it in the body of a graph or job records that it runs there and returns handles of its outputs; it
 * never runs the code.
 */
export interface Op<A extends readonly unknown[] = never, H = unknown, C = unknown>
  extends OpDefinition, TakesConfig<C> {
  (...inputs: HandleInputs<A>): H;
  /** The op under another name, after other nodes, or with other settings, for one call. */
  with(options: InvocationOptions): (...inputs: HandleInputs<A>) => H;
}

/** How an op is described and run. */
export interface OpOptions<C, R> extends ComputationOptions<C, R> {
  /** Names of the inputs, in order. Default: `input_1`, `input_2`, … */
  readonly inputs?: readonly string[];
}

/** What an op gives: a single value, unless it says otherwise. */
export interface OpOutputOptions<O, D> {
  /** Several outputs by name, which the code returns in one object. */
  readonly outputs?: O;
  /** Any number of values, each with a mapping key, in place of one. Default: false. */
  readonly dynamic?: O extends OutputSpecs ? false : D;
}

/** What the code of an op returns whose outputs are not declared. */
type OpResult<D> = D extends true ? DynamicValues<unknown> | Promise<DynamicValues<unknown>> : unknown;

/** What calling an op returns. */
type OpHandles<O, D, V> = O extends OutputSpecs
  ? OutputHandles<O>
  : D extends true
    ? ManyHandle<Awaited<V> extends DynamicValues<infer T> ? T : never>
    : Handle<Awaited<V>>;

type Compute<A extends readonly unknown[], C, R, V> = (context: OpContext<C, R>, ...inputs: A) => V;

/**
 * Declares an op: a unit of work that jobs and graphs connect. `compute` runs in a run worker.
 *
 * @example
 * const add = op("add", async (_context, a: number, b: number) => a + b);
 * export const sum = job("sum", () => { add(one(), two()); });
 */
export function op<A extends readonly unknown[], V>(
  name: string,
  compute: Compute<A, undefined, {}, V>,
): Op<A, Handle<Awaited<V>>, undefined>;
// Of its own only so that what a generator yields is taken for pairs; what is wrong with an op, the last overload says, which takes
// whatever the others do: the compiler speaks of the last one.
export function op<
  A extends readonly unknown[],
  T,
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
>(
  name: string,
  options: OpOptions<C, R> & { readonly dynamic: true },
  compute: Compute<A, C, R, DynamicValues<T> | Promise<DynamicValues<T>>>,
): Op<A, ManyHandle<T>, C>;
export function op<
  A extends readonly unknown[],
  V extends OpResult<D>,
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
  O extends OutputSpecs | undefined = undefined,
  D extends boolean | undefined = undefined,
>(
  name: string,
  options: OpOptions<C, R> & OpOutputOptions<O, D>,
  compute: Compute<A, C, R, O extends OutputSpecs ? OutputValues<O> | Promise<OutputValues<O>> : V>,
): Op<A, OpHandles<O, D, V>, C>;
export function op(
  name: string,
  ...rest: [LooseOpOptions, Computation["compute"]] | [Computation["compute"]]
): Op<readonly unknown[]> {
  const source = captureSourcePosition(op);
  const [options, compute]: [LooseOpOptions, Computation["compute"]] =
    rest.length === 1 ? [{}, rest[0]] : rest;
  const single: OpOutput = {
    name: RESULT,
    description: null,
    required: true,
    dynamic: options.dynamic === true,
  };
  const invoke =
    (invocation: InvocationOptions) =>
    (...inputs: readonly unknown[]): unknown => {
      const node = recordInvocation(definition, inputs, invocation);
      const handles = definition.outputs.map((output): [string, Handle | ManyHandle] => {
        const from = { kind: "output", node, outputName: output.name } as const;
        return [output.name, output.dynamic ? createManyHandle(from) : createHandle(from)];
      });
      return options.outputs === undefined ? handles[0]?.[1] : Object.fromEntries(handles);
    };
  const definition: Op<readonly unknown[]> = Object.assign(invoke({}), {
    ...createComputation("op", name, options, compute, source),
    [DEFINITION]: "op" as const,
    description: options.description ?? null,
    inputNames: options.inputs ?? [],
    outputs: options.outputs === undefined ? [single] : listOutputs(options.outputs),
    with: invoke,
  });
  // A function's own `name` can not be assigned, only defined.
  Object.defineProperty(definition, "name", { value: name, enumerable: true });
  return Object.freeze(definition);
}

type LooseOpOptions = OpOptions<ConfigSchema | undefined, ResourceMap> & {
  readonly dynamic?: boolean;
  readonly outputs?: OutputSpecs | undefined;
};
