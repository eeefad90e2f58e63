import {
  createStepGraph,
  type StepDefinition,
  type StepGraph,
  type StepInput,
  type StepSource,
} from "@millrace/model/steps/step-graph";
import type { GraphBody, Invocation } from "../graphs/composition.ts";
import type { HandleSource, InputBinding } from "../graphs/handle.ts";
import type { PlannedStep } from "./execution-plan.ts";

/** An input with the outputs of steps that it is connected to, through however many graphs. */
interface ResolvedBinding {
  readonly kind: InputBinding["kind"];
  readonly sources: readonly StepSource[];
}

/** The nodes of one graph body while its steps are planned. */
interface Scope {
  readonly prefix: string;
  readonly nodes: ReadonlyMap<string, { readonly invocation: Invocation; readonly inner: Scope | null }>;
  readonly outputs: GraphBody["outputs"];
  /** What the inputs of the graph are connected to. */
  readonly inputs: readonly ResolvedBinding[];
}

type StepPartition = Pick<PlannedStep, "partitions" | "partitionKey">;
const NO_PARTITION: StepPartition = { partitions: null, partitionKey: null };

/** Plans the steps of a job of ops: nested graphs become steps named `graph.op`. */
export function planOpSteps(
  body: GraphBody,
  partition: StepPartition | null,
): { readonly steps: ReadonlyMap<string, PlannedStep>; readonly graph: StepGraph } {
  const steps = new Map<string, PlannedStep>();
  const graph: StepDefinition[] = [];
  addSteps(createScope(body, "", []), [], partition ?? NO_PARTITION, steps, graph);
  return { steps, graph: createStepGraph(graph) };
}

function createScope(body: GraphBody, prefix: string, inputs: readonly ResolvedBinding[]): Scope {
  const nodes = new Map<string, { readonly invocation: Invocation; readonly inner: Scope | null }>();
  const scope: Scope = { prefix, nodes, outputs: body.outputs, inputs };
  // A body calls things in order, so what an invocation refers to stands before it.
  for (const invocation of body.invocations) {
    const { definition } = invocation;
    const bindings = invocation.inputs.map((binding) => resolveBinding(scope, binding));
    const inner =
      "body" in definition ? createScope(definition.body, `${prefix}${invocation.name}.`, bindings) : null;
    nodes.set(invocation.name, { invocation, inner });
  }
  return scope;
}

function addSteps(
  scope: Scope,
  outerAfter: readonly StepSource[],
  partition: StepPartition,
  steps: Map<string, PlannedStep>,
  graph: StepDefinition[],
): void {
  for (const { invocation, inner } of scope.nodes.values()) {
    const after = [
      ...outerAfter,
      ...invocation.after.flatMap((source) => resolveSource(scope, source).sources),
    ];
    if (inner) {
      addSteps(inner, after, partition, steps, graph);
      continue;
    }
    const { definition: op } = invocation;
    if ("body" in op) continue;
    const key = `${scope.prefix}${invocation.name}`;
    const tags = { ...op.tags, ...invocation.tags };
    const inputs = invocation.inputs.map((binding, index): StepInput => {
      const name = op.inputNames[index] ?? `input_${index + 1}`;
      return { name, ...resolveBinding(scope, binding) };
    });
    steps.set(key, {
      key,
      kind: "op",
      computation: op,
      inputs: inputs.map(({ name }) => ({ kind: "outputs", name })),
      outputs: op.outputs.map((output) => ({ ...output, asset: null })),
      checks: [],
      selectedOutputs: new Set(op.outputs.map((output) => output.name)),
      ...partition,
      retryPolicy: invocation.retryPolicy ?? op.retryPolicy,
      tags,
    });
    graph.push({
      key,
      inputs: [
        ...inputs,
        ...after.map((source): StepInput => ({
          name: "after",
          kind: "list",
          sources: [source],
          orderOnly: true,
        })),
      ],
      outputs: op.outputs.map(({ name, required, dynamic }) => ({ name, required, dynamic })),
      priority: Number(tags["millrace/priority"] ?? 0) || 0,
      tags,
    });
  }
}

function resolveBinding(scope: Scope, binding: InputBinding): ResolvedBinding {
  const resolved = binding.sources.map((source) => resolveSource(scope, source));
  const [only] = resolved;
  // A graph may return or receive a list: then the connection inside decides how the value is put together.
  const kind = binding.kind === "single" && only ? only.kind : binding.kind;
  return { kind, sources: resolved.flatMap((part) => part.sources) };
}

function resolveSource(scope: Scope, source: HandleSource): ResolvedBinding {
  if (source.kind === "graph_input") return scope.inputs[source.index] ?? { kind: "single", sources: [] };
  const node = scope.nodes.get(source.node);
  const inner = node?.inner;
  if (!inner) {
    return {
      kind: "single",
      sources: [{ stepKey: `${scope.prefix}${source.node}`, outputName: source.outputName }],
    };
  }
  const output = inner.outputs.get(source.outputName);
  return output ? resolveBinding(inner, output) : { kind: "single", sources: [] };
}
