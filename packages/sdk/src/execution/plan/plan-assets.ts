import type { AssetKey } from "@millrace/model/asset-key";
import { maxPartitionsPerRun, type BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import { createStepGraph, type StepDefinition, type StepInput } from "@millrace/model/steps/step-graph";
import type { Asset, AssetComputation, AssetDependency } from "../../assets/asset-definition.ts";
import { checkName, type AssetCheck, type CheckComputation } from "../../checks/asset-check.ts";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import { RESULT } from "../../graphs/composition.ts";
import type { Job } from "../../jobs/job.ts";
import type { Targets } from "../../jobs/select-targets.ts";
import type {
  ExecutionPlan,
  PlannedGraphConfig,
  PlannedInput,
  PlannedStep,
  StepPartitions,
} from "./execution-plan.ts";
import { InvalidRunRequest } from "./invalid-run-request.ts";
import { upstreamPartitionKeys } from "./partition-inputs.ts";
import { loadedPartitions } from "../../assets/loaded-partitions.ts";
import { checkOnePartition, checkPartitions, withOwnKeys, type WantedPartitions } from "./check-partition.ts";
import { chooseTargets } from "./choose-targets.ts";
import { planGraphAsset } from "./plan-ops.ts";
import type { PlanRequest } from "./plan-request.ts";

/** Plans the steps that make and check assets: one for each computation, one for each check. */
export function planAssetSteps(
  definitions: ResolvedDefinitions,
  job: Job | null,
  request: PlanRequest,
  wanted: WantedPartitions,
): Pick<ExecutionPlan, "steps" | "graph" | "graphConfigs"> {
  const targets = chooseTargets(definitions, job, request);
  const made = [...targets.assets.values(), ...targets.checks.values()];
  const own = made.flatMap(({ partitions }) => (partitions ? [partitions] : []));
  const run: RunOfAssets = {
    definitions,
    targets,
    checksOfAsset: Map.groupBy(targets.checks.values(), (check) => check.assetKey),
    wanted: withOwnKeys(wanted, own),
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
    const { key, inputs: values } = step;
    const partition = checkOnePartition(key, step.partitions ?? undefined, wanted);
    const inner = planGraphAsset(
      computation.graph,
      key,
      values,
      partition,
      computation.canSubset ? step.selectedOutputs : null,
    );
    graphConfigs.push(...inner.graphConfigs);
    for (const planned of inner.steps.values()) steps.set(planned.key, planned);
    steps.set(step.key, { ...step, inputs: [inner.planned] });
    // The whole graph waits for what the asset depends on, also for what only comes first.
    const after = definition.after ?? [];
    for (const { inputs, ...rest } of inner.graph)
      graph.push({ ...rest, inputs: [...inputs, ...definition.inputs], after });
    graph.push({ ...definition, inputs: [...inner.inputs, ...definition.inputs] });
  }
  for (const computation of new Set([...targets.checks.values()].map((check) => check.computation))) {
    const step = planCheck(run, computation);
    steps.set(step.key, step);
    graph.push(toGraphStep(run, step, computation.dependencies));
  }
  return { steps, graph: createStepGraph(graph), graphConfigs };
}

interface RunOfAssets {
  readonly definitions: ResolvedDefinitions;
  readonly targets: Targets;
  readonly checksOfAsset: ReadonlyMap<AssetKey, readonly AssetCheck[]>;
  readonly wanted: WantedPartitions;
}

function planComputation(run: RunOfAssets, computation: AssetComputation): PlannedStep {
  const outputs = [...computation.outputs];
  const selected = outputs.filter(([, asset]) => run.targets.assets.has(asset.key));
  const [first] = selected;
  const worked = planPartitions(
    run,
    computation.stepKey,
    first?.[1].partitions,
    first?.[1].backfillPolicy ?? null,
  );
  return planCalls(run, computation.dependencies, {
    ...worked,
    key: computation.stepKey,
    kind: computation.kind === "observe" ? "observation" : "asset",
    computation,
    dependencies: computation.dependencies,
    inputs: planInputs(run, computation.stepKey, computation.dependencies, asOneCall(worked)),
    calls: null,
    outputs: outputs
      .filter(([, asset]) => !computation.canSubset || run.targets.assets.has(asset.key))
      .map(([name, asset]) => ({
        name,
        asset,
        isRead: true,
        required: !computation.optionalOutputs.has(name) && run.targets.assets.has(asset.key),
        dynamic: false,
      })),
    checks: selected.flatMap(([, asset]) =>
      asset.checks.map((spec) => ({ ...spec, assetKey: asset.key, resultName: null })),
    ),
    selectedOutputs: new Set(selected.map(([name]) => name)),
    retryPolicy: computation.retryPolicy,
    tags: computation.tags,
  });
}

/**
 * The partitions that a step works on.
 *
 * @throws InvalidRunRequest when there are more than its asset's policy allows.
 */
function planPartitions(
  run: RunOfAssets,
  stepKey: string,
  partitions: Asset["partitions"],
  policy: BackfillPolicy | null,
): StepPartitions {
  const keys = checkPartitions(stepKey, partitions, run.wanted);
  const max = policy === null ? Infinity : maxPartitionsPerRun([policy]);
  if (keys !== null && keys.length > max) {
    throw new InvalidRunRequest(
      "too_many_partitions",
      `Step "${stepKey}" takes at most ${max} partitions in one run, and the run has ${keys.length}: launch several`,
    );
  }
  const partitionKey = keys?.length === 1 ? (keys[0] ?? null) : null;
  return { partitions: partitions ?? null, partitionKeys: keys, partitionKey, takesSeveral: policy !== null };
}

/** All that a step of several partitions loads, in however many calls. */
function asOneCall(worked: StepPartitions): StepPartitions {
  return { ...worked, takesSeveral: worked.takesSeveral || (worked.partitionKeys?.length ?? 0) > 1 };
}

/** The step with one call for each of its partitions, when there are several and its code takes one at a time. */
function planCalls(
  run: RunOfAssets,
  dependencies: readonly AssetDependency[],
  step: PlannedStep,
): PlannedStep {
  const { partitionKeys } = step;
  if (step.takesSeveral || partitionKeys === null || partitionKeys.length === 1) return step;
  const calls = partitionKeys.map((partitionKey): PlannedStep => {
    const call = { ...step, partitionKeys: [partitionKey], partitionKey };
    return { ...call, inputs: planInputs(run, step.key, dependencies, call) };
  });
  return { ...step, calls };
}

function planCheck(run: RunOfAssets, computation: CheckComputation): PlannedStep {
  const checks = [...computation.checks].filter(([, check]) => run.targets.checks.has(checkName(check)));
  const worked = planPartitions(run, computation.stepKey, checks[0]?.[1].partitions, null);
  return planCalls(run, computation.dependencies, {
    ...worked,
    key: computation.stepKey,
    kind: "check",
    computation,
    dependencies: computation.dependencies,
    inputs: planInputs(run, computation.stepKey, computation.dependencies, asOneCall(worked)),
    calls: null,
    outputs: [],
    checks: checks.map(([name, check]) => ({ ...check, resultName: name === RESULT ? null : name })),
    selectedOutputs: new Set(),
    retryPolicy: computation.retryPolicy,
    tags: computation.tags,
  });
}

function planInputs(
  run: RunOfAssets,
  stepKey: string,
  dependencies: readonly AssetDependency[],
  worked: StepPartitions,
): PlannedInput[] {
  const { partitionKeys, takesSeveral } = worked;
  const partitions = worked.partitions ?? undefined;
  return dependencies.flatMap((dependency): PlannedInput[] => {
    const asset = run.definitions.assets.get(dependency.key);
    if (!dependency.loadsValue || !asset) return [];
    const upstream = asset.partitions ?? dependency.partitions;
    return [
      {
        kind: "asset",
        name: dependency.key,
        asset,
        partitions: upstream ?? null,
        partitionKeys: upstreamPartitionKeys(
          stepKey,
          asset,
          upstream,
          partitions,
          dependency,
          partitionKeys ?? [],
          takesSeveral,
          run.wanted,
        ),
        loadsOne: loadedPartitions(upstream, partitions, dependency.partitionMapping, takesSeveral) === "one",
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
  for (const key of listAwaited(run, dependencies)) {
    const upstream = run.targets.assets.get(key);
    const producer = upstream?.computation;
    if (!upstream || !producer || producer.stepKey === step.key) continue;
    const output = [...producer.outputs].find(([, asset]) => asset === upstream);
    const source = { stepKey: producer.stepKey, outputName: output?.[0] ?? "" };
    inputs.push({ name: key, kind: "single", sources: [source], orderOnly: true });
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

/** The keys of dependencies; a virtual one that the run does not make shows what it depends on itself, so that is waited for. */
function listAwaited(run: RunOfAssets, dependencies: readonly AssetDependency[]): ReadonlySet<AssetKey> {
  const keys = new Set<AssetKey>();
  const add = ({ key }: AssetDependency): void => {
    if (keys.has(key)) return;
    keys.add(key);
    const asset = run.definitions.assets.get(key);
    if (asset?.isVirtual === true && !run.targets.assets.has(key)) asset.dependencies.forEach(add);
  };
  dependencies.forEach(add);
  return keys;
}
