import { DefinitionError } from "../definition/definition-error.ts";
import type { GraphBody, GraphDefinition, Invocation, InvocationOptions } from "./graph-definition.ts";
import {
  HANDLE,
  type Handle,
  type HandleMap,
  type InputBinding,
  type ManyHandle,
  isCollected,
  isHandle,
} from "./handle.ts";
import type { OpDefinition } from "./op-definition.ts";

/** Bodies that are being recorded now, innermost last; bodies are plain synchronous functions. */
const compositions: Map<string, Invocation>[] = [];

/** The name of the only output of an op or graph that returns a single value. */
export const RESULT = "result";

/**
 * Runs the body of a graph and records what it calls.
 *
 * @param where names the graph and its place in messages; asked only for one, since a place is looked up in source maps.
 * @throws DefinitionError when the body returns something that is not a handle, such as a promise.
 */
export function recordBody(where: () => string, body: () => unknown): GraphBody {
  const invocations = new Map<string, Invocation>();
  compositions.push(invocations);
  try {
    const result = body();
    return { invocations: [...invocations.values()], outputs: toOutputs(where, result) };
  } finally {
    compositions.pop();
  }
}

function toOutputs(where: () => string, result: unknown): ReadonlyMap<string, InputBinding> {
  const outputs = new Map<string, InputBinding>();
  if (isHandle(result)) outputs.set(RESULT, toBinding(result));
  else if (result !== undefined) {
    for (const [name, handle] of Object.entries(handleMap(where, result)))
      outputs.set(name, toBinding(handle));
  }
  return outputs;
}

function handleMap(where: () => string, result: unknown): HandleMap {
  if (isHandleMap(result)) return result;
  const problem = `${where()}: the body must return nothing, a handle, or an object of handles`;
  throw new DefinitionError(
    "invalid_graph",
    result instanceof Promise ? `${problem}; it must not be async` : problem,
  );
}

function isHandleMap(value: unknown): value is HandleMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !(value instanceof Promise) &&
    Object.values(value).every(isHandle)
  );
}

/**
 * Records a call of an op or graph in the body that is being recorded.
 *
 * @returns The name of the new node.
 * @throws DefinitionError outside the body of a graph or job.
 */
export function recordInvocation(
  definition: OpDefinition | GraphDefinition,
  inputs: readonly unknown[],
  options: InvocationOptions,
): string {
  const composition = compositions.at(-1);
  if (!composition) {
    throw new DefinitionError(
      "invalid_graph",
      `"${definition.name}" was called outside the body of a graph or job: it runs as part of a job, also in tests (executeJob)`,
    );
  }
  const name = options.alias ?? freeName(definition.name, composition);
  if (composition.has(name)) {
    throw new DefinitionError("invalid_graph", `Two calls have the alias "${name}" in the same body`);
  }
  composition.set(name, {
    name,
    definition,
    inputs: inputs.map((input, index) => inputBinding(definition, input, index)),
    after: (options.after ?? []).map((handle) => handle[HANDLE]),
    tags: options.tags ?? {},
    retryPolicy: options.retryPolicy ?? null,
    hooks: options.hooks ?? [],
  });
  return name;
}

function inputBinding(
  definition: OpDefinition | GraphDefinition,
  input: unknown,
  index: number,
): InputBinding {
  if (isHandle(input)) return toBinding(input);
  if (Array.isArray(input) && input.every(isHandle)) {
    return { kind: "list", sources: input.map((handle) => handle[HANDLE]) };
  }
  throw new DefinitionError(
    "invalid_graph",
    `Input ${index + 1} of "${definition.name}" must be what another op returned, or a list of such`,
  );
}

function toBinding(handle: Handle | ManyHandle): InputBinding {
  return { kind: isCollected(handle) ? "collect" : "single", sources: [handle[HANDLE]] };
}

function freeName(name: string, taken: ReadonlyMap<string, Invocation>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate); number++) candidate = `${name}_${number}`;
  return candidate;
}
