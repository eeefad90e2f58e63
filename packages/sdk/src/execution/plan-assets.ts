import type { AssetKey } from "@millrace/model/asset-key";
import { createStepGraph, type StepDefinition, type StepInput } from "@millrace/model/steps/step-graph";
import type { Asset, AssetComputation, AssetDependency } from "../assets/asset-definition.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import type { ResolvedDefinitions } from "../definitions/resolve.ts";
import type { Job } from "../jobs/job.ts";
import { selectTargets, type Targets } from "../jobs/select-targets.ts";
import type { ExecutionPlan, PlannedGraphConfig, PlannedInput, PlannedStep } from "./execution-plan.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import { loadedPartitions, upstreamPartitionKeys } from "./partition-inputs.ts";
import { checkPartition } from "./check-partition.ts";
import { planGraphAsset } from "./plan-ops.ts";
import type { PlanRequest } from "./plan.ts";

/** Plans the steps that make and check assets: one for each computation, one for each check. */
export function planAssetSteps(
  definitions: ResolvedDefinitions,
  job: Job | null,
  request: PlanRequest,
  now: number,
): Pick<ExecutionPlan, "steps" | "graph" | "graphConfigs"> {
  const targets = chooseTargets(definitions, job, request);
  const run: RunOfAssets = {
    definitions,
    targets,
    checksOfAsset: Map.groupBy(targets.checks.values(), (check) => check.assetKey),
    partitionKey: request.partitionKey ?? null,
    now,
  };
  const steps = new Map<string, PlannedStep>();
  const graph: StepDefinition[] = [];
  const graphConfigs: PlannedGraphConfig[] = [];
  const computations = new Set<AssetComputation>();
  for (const { computation } of targets.assets.values()) if (computation) computations.add(computation);
  for (const computation of computations) {
    const step = planComputation(run, computation);
    const definition = toGraphStep(run, step, computation.dependencies);
    if (computation.graph === null) {
      steps.set(step.key, step);
      graph.push(definition);
      continue;
    }
    const { key, inputs: values, partitions, partitionKey } = step;
    const inner = planGraphAsset(computation.graph, key, values, { partitions, partitionKey });
    graphConfigs.push(...inner.graphConfigs);
    for (const planned of inner.steps.values()) steps.set(planned.key, planned);
    steps.set(step.key, { ...step, inputs: [inner.planned] });
    // The whole graph waits for what the asset depends on, also for what only comes first.
    const after = definition.after ?? [];
    for (const { inputs, ...rest } of inner.graph)
      graph.push({ ...rest, inputs: [...inputs, ...definition.inputs], after });
    graph.push({ ...definition, inputs: [...inner.inputs, ...definition.inputs] });
  }
  for (const check of targets.checks.values()) {
    const step = planCheck(run, check);
    steps.set(step.key, step);
    graph.push(toGraphStep(run, step, check.computation.dependencies));
  }
  return { steps, graph: createStepGraph(graph), graphConfigs };
}

interface RunOfAssets {
  readonly definitions: ResolvedDefinitions;
  readonly targets: Targets;
  readonly checksOfAsset: ReadonlyMap<AssetKey, readonly AssetCheck[]>;
  readonly partitionKey: string | null;
  readonly now: number;
}

function planComputation(run: RunOfAssets, computation: AssetComputation): PlannedStep {
  const outputs = [...computation.outputs];
  const selected = outputs.filter(([, asset]) => run.targets.assets.has(asset.key));
  const [first] = selected;
  const partitions = first?.[1].partitions;
  const partitionKey = checkPartition(computation.stepKey, partitions, run.partitionKey, run.now);
  return {
    key: computation.stepKey,
    kind: computation.kind === "observe" ? "observation" : "asset",
    computation,
    inputs: planInputs(run, computation.stepKey, computation.dependencies, partitions),
    outputs: outputs
      .filter(([, asset]) => !computation.canSubset || run.targets.assets.has(asset.key))
      .map(([name, asset]) => ({
        name,
        asset,
        required: !computation.optionalOutputs.has(name) && run.targets.assets.has(asset.key),
        dynamic: false,
      })),
    checks: selected.flatMap(([, asset]) => asset.checks.map((spec) => ({ ...spec, assetKey: asset.key }))),
    selectedOutputs: new Set(selected.map(([name]) => name)),
    partitions: partitions ?? null,
    partitionKey,
    retryPolicy: computation.retryPolicy,
    tags: computation.tags,
  };
}

function planCheck(run: RunOfAssets, check: AssetCheck): PlannedStep {
  const { computation, partitions } = check;
  const partitionKey = checkPartition(computation.stepKey, partitions, run.partitionKey, run.now);
  return {
    key: computation.stepKey,
    kind: "check",
    computation,
    inputs: planInputs(run, computation.stepKey, computation.dependencies, partitions),
    outputs: [],
    checks: [check],
    selectedOutputs: new Set(),
    partitions: partitions ?? null,
    partitionKey,
    retryPolicy: computation.retryPolicy,
    tags: computation.tags,
  };
}

function planInputs(
  run: RunOfAssets,
  stepKey: string,
  dependencies: readonly AssetDependency[],
  partitions: Asset["partitions"],
): PlannedInput[] {
  return dependencies.flatMap((dependency): PlannedInput[] => {
    const asset = run.definitions.assets.get(dependency.key);
    if (!dependency.loadsValue || !asset) return [];
    const upstream = asset.partitions ?? dependency.partitions;
    return [
      {
        kind: "asset",
        name: dependency.key,
        asset,
        partitionKeys: upstreamPartitionKeys(
          stepKey,
          asset,
          upstream,
          partitions,
          dependency,
          run.partitionKey,
          run.now,
        ),
        loadsOne: loadedPartitions(upstream, partitions, dependency.partitionMapping) === "one",
        allowMissing: dependency.allowMissing,
      },
    ];
  });
}

/** The step as the state machine sees it: only what is made in the same run is waited for. */
function toGraphStep(
  run: RunOfAssets,
  step: PlannedStep,
  dependencies: readonly AssetDependency[],
): StepDefinition {
  const inputs: StepInput[] = [];
  const after = new Set<string>();
  for (const dependency of dependencies) {
    const upstream = run.targets.assets.get(dependency.key);
    const producer = upstream?.computation;
    if (!upstream || !producer || producer.stepKey === step.key) continue;
    const output = [...producer.outputs].find(([, asset]) => asset === upstream);
    const source = { stepKey: producer.stepKey, outputName: output?.[0] ?? "" };
    inputs.push({ name: dependency.key, kind: "single", sources: [source], orderOnly: true });
    // A blocking check that fails holds back what is downstream of its asset; checks do not wait for each other.
    for (const check of run.checksOfAsset.get(upstream.key) ?? []) {
      if (check.blocking && step.kind !== "check") after.add(check.computation.stepKey);
    }
  }
  return {
    key: step.key,
    inputs,
    outputs: step.outputs.map(({ name, required, dynamic }) => ({ name, required, dynamic })),
    after: [...after],
    priority: Number(step.tags["millrace/priority"] ?? 0) || 0,
    tags: step.tags,
  };
}

function chooseTargets(definitions: ResolvedDefinitions, job: Job | null, request: PlanRequest): Targets {
  const all = selectTargets(definitions, job);
  const { assetSelection = null, checkSelection = null } = request;
  const of = job === null ? "" : ` of job "${job.name}"`;
  let { assets, checks } = all;
  if (assetSelection === null && job === null) {
    assets = new Map([...assets].filter(([, asset]) => asset.computation?.kind === "materialize"));
  }
  if (assetSelection !== null) {
    assets = new Map(
      assetSelection.map((key) => {
        const asset = all.assets.get(key as AssetKey);
        if (asset) return [asset.key, asset];
        throw new InvalidRunRequest(
          "unknown_asset",
          `Asset "${key}" is not among the assets${of} that can be made`,
        );
      }),
    );
    checks = new Map([...all.checks].filter(([, check]) => assets.has(check.assetKey)));
  }
  if (checkSelection !== null) {
    checks = new Map(
      checkSelection.flatMap((name) => {
        const check = all.checks.get(name) ?? definitions.checks.get(name);
        if (check) return [[name, check] as const];
        if (isInlineCheck(definitions, name)) return [];
        throw new InvalidRunRequest("unknown_check", `There is no asset check "${name}"`);
      }),
    );
  }
  if (assets.size === 0 && checks.size === 0) {
    throw new InvalidRunRequest("empty_run", `The run selects nothing${of}`);
  }
  return { assets, checks };
}

/** Whether the asset's own step evaluates the check, so that it needs no step of its own. */
function isInlineCheck(definitions: ResolvedDefinitions, name: string): boolean {
  const asset = definitions.assets.get(name.slice(0, name.lastIndexOf(":")) as AssetKey);
  return asset?.checks.some((check) => name === `${asset.key}:${check.name}`) ?? false;
}
