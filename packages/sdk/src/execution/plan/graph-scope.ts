import type { StepSource } from "@millrace/model/steps/step-graph";
import { DefinitionError } from "../../definition/definition-error.ts";
import type { GraphBody, Invocation } from "../../graphs/graph-definition.ts";
import type { HandleSource, InputBinding } from "../../graphs/handle.ts";

/** An input with the outputs of steps that it is connected to, through however many graphs. */
export interface ResolvedBinding {
  readonly kind: InputBinding["kind"];
  readonly sources: readonly StepSource[];
  /** The value of an asset instead, by its place among the values that the outermost graph receives. */
  readonly value: number | null;
}

/** The nodes of one graph body while its steps are planned. */
export interface GraphScope {
  readonly prefix: string;
  readonly nodes: ReadonlyMap<string, { readonly invocation: Invocation; readonly inner: GraphScope | null }>;
  readonly outputs: GraphBody["outputs"];
  /** What the inputs of the graph are connected to. */
  readonly inputs: readonly ResolvedBinding[];
}

const NOTHING: ResolvedBinding = { kind: "single", sources: [], value: null };

/** Opens a graph body, with the graphs in it; the keys of its steps begin with the prefix. */
export function openGraph(body: GraphBody, prefix: string, inputs: readonly ResolvedBinding[]): GraphScope {
  const nodes = new Map<string, { readonly invocation: Invocation; readonly inner: GraphScope | null }>();
  const scope: GraphScope = { prefix, nodes, outputs: body.outputs, inputs };
  // A body calls things in order, so what an invocation refers to stands before it.
  for (const invocation of body.invocations) {
    const { definition } = invocation;
    const bindings = invocation.inputs.map((binding) => resolveBinding(scope, binding));
    const inner =
      "body" in definition ? openGraph(definition.body, `${prefix}${invocation.name}.`, bindings) : null;
    nodes.set(invocation.name, { invocation, inner });
  }
  return scope;
}

/** Follows an input to the outputs of steps, through however many graphs. */
export function resolveBinding(scope: GraphScope, binding: InputBinding): ResolvedBinding {
  const resolved = binding.sources.map((source) => resolveSource(scope, source));
  const [only] = resolved;
  // A graph may return or receive a list: then the connection inside decides how the value is put together.
  const kind = binding.kind === "single" && only ? only.kind : binding.kind;
  if (only && resolved.length === 1 && only.value !== null) return only;
  if (resolved.some((part) => part.value !== null)) {
    throw new DefinitionError(
      "invalid_graph",
      "The value of an asset can not be gathered into a list with others: give it an input of its own",
    );
  }
  return { kind, sources: resolved.flatMap((part) => part.sources), value: null };
}

/** Follows one handle to the outputs of steps. */
export function resolveSource(scope: GraphScope, source: HandleSource): ResolvedBinding {
  if (source.kind === "graph_input") return scope.inputs[source.index] ?? NOTHING;
  const node = scope.nodes.get(source.node);
  const inner = node?.inner;
  if (!inner) {
    return {
      kind: "single",
      sources: [{ stepKey: `${scope.prefix}${source.node}`, outputName: source.outputName }],
      value: null,
    };
  }
  const output = inner.outputs.get(source.outputName);
  return output ? resolveBinding(inner, output) : NOTHING;
}
