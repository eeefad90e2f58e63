import { DEFINITION } from "../definitions/definition.ts";
import { describeDefinition } from "../definitions/definition-error.ts";
import { captureSourcePosition } from "../definitions/source-position.ts";
import { recordBody, recordInvocation, RESULT, type InvocationOptions } from "./composition.ts";
import type { GraphDefinition } from "./graph-definition.ts";
import {
  createHandle,
  createManyHandle,
  isHandle,
  type Handle,
  type HandleInputs,
  type HandleMap,
  type ManyHandle,
} from "./handle.ts";

/** A graph. Calling it in the body of another graph or of a job puts it there as one node. */
export interface Graph<A extends readonly Handle[] = never, H = unknown> extends GraphDefinition {
  (...inputs: HandleInputs<HandleTypes<A>>): H;
  with(options: Pick<InvocationOptions, "alias" | "after">): (...inputs: HandleInputs<HandleTypes<A>>) => H;
}

type HandleTypes<A extends readonly Handle[]> = { [I in keyof A]: A[I] extends Handle<infer T> ? T : never };

/**
 * Declares a graph: `body` is run once, at definition, and calls ops and other graphs with the handles it receives.
 *
 * @example
 * const mean = graph("mean", (numbers: Handle<number[]>) => divide(sum(numbers), count(numbers)));
 */
export function graph<A extends readonly Handle[], H extends Handle | ManyHandle | HandleMap | void>(
  name: string,
  body: (...inputs: A) => H,
  options: { readonly description?: string; readonly inputs?: readonly string[] } = {},
): Graph<A, H> {
  const source = captureSourcePosition(graph);
  const inputs = Array.from({ length: body.length }, (_, index) =>
    createHandle({ kind: "graph_input", index }),
  );
  let result: H | undefined;
  const recorded = recordBody(describeDefinition("graph", name, { source }), () => {
    result = body(...(inputs as readonly Handle[] as A));
    return result;
  });
  const invoke =
    (invocation: InvocationOptions) =>
    (...values: readonly unknown[]): H => {
      const node = recordInvocation(definition, values, invocation);
      const rebase = (outputName: string, handle: unknown): unknown => {
        const from = { kind: "output", node, outputName } as const;
        return isHandle(handle) && "map" in handle ? createManyHandle(from) : createHandle(from);
      };
      if (result === undefined) return result as H;
      const handles = isHandle(result)
        ? rebase(RESULT, result)
        : Object.fromEntries(Object.entries(result).map(([key, handle]) => [key, rebase(key, handle)]));
      return handles as H;
    };
  const definition = Object.assign(invoke({}), {
    [DEFINITION]: "graph" as const,
    source,
    description: options.description ?? null,
    inputNames: inputs.map((_, index) => options.inputs?.[index] ?? `input_${index + 1}`),
    body: recorded,
    with: invoke,
  });
  Object.defineProperty(definition, "name", { value: name, enumerable: true });
  return Object.freeze(definition);
}
