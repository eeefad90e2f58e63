import type { StepPart } from "@millrace/model/steps/split-steps";
import {
  createStepGraph,
  type StepDefinition,
  type StepInput,
  type StepSource,
} from "@millrace/model/steps/step-graph";
import { DefinitionError } from "../../definition/definition-error.ts";
import { RESULT } from "../../graphs/composition.ts";
import type { GraphBody } from "../../graphs/graph-definition.ts";
import type { InputBinding } from "../../graphs/handle.ts";
import {
  NO_PARTITIONS,
  type ExecutionPlan,
  type PlannedGraphConfig,
  type PlannedInput,
  type PlannedStep,
  type StepPartitions,
} from "./execution-plan.ts";
import {
  openGraph,
  resolveBinding,
  resolveSource,
  type GraphScope,
  type ResolvedBinding,
} from "./graph-scope.ts";

/** Plans the steps of a job of ops: nested graphs become steps named `graph.op`. */
export function planOpSteps(
  body: GraphBody,
  partition: StepPartitions | null,
): Pick<ExecutionPlan, "steps" | "graph" | "graphConfigs"> {
  const plan: Plan = {
    part: { key: "", stepKey: "" },
    partition: partition ?? NO_PARTITIONS,
    values: [],
    steps: new Map(),
    graph: [],
    graphConfigs: [],
  };
  addSteps(openGraph(body, "", []), [], plan);
  return { ...plan, graph: createStepGraph(plan.graph) };
}

/** The steps of a graph that makes an asset, before the step that stores the asset. */
export interface GraphAssetSteps {
  readonly steps: ReadonlyMap<string, PlannedStep>;
  readonly graph: readonly StepDefinition[];
  readonly graphConfigs: readonly PlannedGraphConfig[];
  /** How that step receives the graph's result. */
  readonly planned: PlannedInput;
  readonly inputs: readonly StepInput[];
}

/**
 * Plans the steps of a graph that makes an asset, or several, named `asset.op`.
 *
 * @param part The step of the asset, or the part of it that the steps are for.
 * @param values The values of assets that the graph receives.
 * @param wanted Names of the results that count, when others, and the ops that only they need, are to be left out.
 */
export function planGraphAsset(
  body: GraphBody,
  part: Pick<StepPart, "key" | "stepKey">,
  values: readonly PlannedInput[],
  partition: StepPartitions,
  wanted: ReadonlySet<string> | null,
): GraphAssetSteps {
  const plan: Plan = { part, partition, values, steps: new Map(), graph: [], graphConfigs: [] };
  const inputs = values.map((_, value): ResolvedBinding => ({ kind: "single", sources: [], value }));
  const scope = openGraph(body, `${part.key}.`, inputs);
  addSteps(scope, [], plan);
  const output = body.outputs.get(RESULT);
  if (output && body.outputs.size === 1)
    return { ...plan, ...connect(RESULT, resolveBinding(scope, output), values) };
  const named = [...body.outputs].flatMap(([name, binding]) =>
    wanted === null || wanted.has(name) ? [nameOutput(scope, part.stepKey, name, binding)] : [],
  );
  // A list: what is there counts, and without anything there is nothing to do.
  const sources = named.map(({ stepKey: from, outputName }) => ({ stepKey: from, outputName }));
  return {
    ...(wanted === null ? plan : keepNeeded(plan, sources)),
    planned: { kind: "named_outputs", name: RESULT, outputs: named },
    inputs: [{ name: RESULT, kind: "list", sources: unique(sources) }],
  };
}

/** The one output of a step that a graph returns under a name. */
function nameOutput(
  scope: GraphScope,
  stepKey: string,
  name: string,
  output: InputBinding,
): StepSource & { readonly name: string } {
  const { kind, sources } = resolveBinding(scope, output);
  const [source] = sources;
  if (source !== undefined && kind === "single") return { name, ...source };
  throw new DefinitionError(
    "invalid_graph",
    `Graph "${stepKey}" must return for "${name}" what one op returned, not a list of values: gather it with an op`,
  );
}

/** A plan without the steps that nothing leads from to these outputs. */
function keepNeeded(
  { steps, graph, graphConfigs }: Plan,
  sources: readonly StepSource[],
): Pick<Plan, "steps" | "graph" | "graphConfigs"> {
  const byKey = new Map(graph.map((step) => [step.key, step]));
  const needed = new Set<string>();
  const pending = sources.map(({ stepKey }) => stepKey);
  for (const key of pending) {
    if (needed.has(key)) continue;
    needed.add(key);
    pending.push(
      ...(byKey.get(key)?.inputs ?? []).flatMap((input) => input.sources.map((one) => one.stepKey)),
    );
  }
  return {
    steps: new Map([...steps].filter(([key]) => needed.has(key))),
    graph: graph.filter(({ key }) => needed.has(key)),
    graphConfigs: graphConfigs.filter(({ key }) =>
      [...needed].some((step) => steps.get(step)?.configKey.startsWith(`${key}.`)),
    ),
  };
}

function unique(sources: readonly StepSource[]): StepSource[] {
  return [...new Map(sources.map((source) => [`${source.stepKey} ${source.outputName}`, source])).values()];
}

/** An input as the executor and as the state machine see it; a value of an asset has no source to wait for. */
function connect(
  name: string,
  { value, kind, sources }: ResolvedBinding,
  values: readonly PlannedInput[],
): Pick<GraphAssetSteps, "planned" | "inputs"> {
  const given = value === null ? undefined : values[value];
  if (given) return { planned: { ...given, name }, inputs: [] };
  return { planned: { kind: "outputs", name }, inputs: [{ name, kind, sources }] };
}

/** Where planned steps go, and what all of them share. */
interface Plan {
  /** The step that they belong to, and what its config is found under; empty texts for a job of ops. */
  readonly part: Pick<StepPart, "key" | "stepKey">;
  readonly partition: StepPartitions;
  readonly values: readonly PlannedInput[];
  readonly steps: Map<string, PlannedStep>;
  readonly graph: StepDefinition[];
  readonly graphConfigs: PlannedGraphConfig[];
}

function addSteps(scope: GraphScope, outerAfter: readonly StepSource[], plan: Plan): void {
  for (const { invocation, inner } of scope.nodes.values()) {
    const after = [
      ...outerAfter,
      ...invocation.after.flatMap((source) => resolveSource(scope, source).sources),
    ];
    const { definition: op } = invocation;
    const key = `${scope.prefix}${invocation.name}`;
    const configKey = plan.part.stepKey + key.slice(plan.part.key.length);
    if (inner && "body" in op) {
      if (op.configMapping)
        plan.graphConfigs.push({
          ...op.configMapping,
          key: configKey,
          nodes: listConfigurable(op.body, ""),
        });
      addSteps(inner, after, plan);
      continue;
    }
    if ("body" in op) continue;
    const tags = { ...op.tags, ...invocation.tags };
    const inputs = invocation.inputs.map((binding, index) => {
      const name = op.inputNames[index] ?? `input_${index + 1}`;
      return connect(name, resolveBinding(scope, binding), plan.values);
    });
    plan.steps.set(key, {
      key,
      configKey,
      kind: "op",
      computation: invocation.hooks.length === 0 ? op : { ...op, hooks: [...op.hooks, ...invocation.hooks] },
      dependencies: [],
      inputs: inputs.map(({ planned }) => planned),
      outputs: op.outputs.map((output) => ({ ...output, asset: null, isRead: false })),
      checks: [],
      selectedOutputs: new Set(op.outputs.map((output) => output.name)),
      ...plan.partition,
      calls: null,
      retryPolicy: invocation.retryPolicy ?? op.retryPolicy,
      tags,
    });
    plan.graph.push({
      key,
      inputs: [
        ...inputs.flatMap((input) => input.inputs),
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

/** Names of what takes config in a graph: ops, and graphs that have a config of their own. */
function listConfigurable(body: GraphBody, prefix: string): Set<string> {
  const names = new Set<string>();
  for (const { name, definition } of body.invocations) {
    const isOp = !("body" in definition);
    if (isOp ? definition.config : definition.configMapping) names.add(`${prefix}${name}`);
    if (isOp) continue;
    for (const inner of listConfigurable(definition.body, `${prefix}${name}.`)) names.add(inner);
  }
  return names;
}
