import { maxPartitionsPerRun, type BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import { listAwaited, type AssetSteps } from "@millrace/model/steps/asset-steps";
import type { StepPart } from "@millrace/model/steps/split-steps";
import { createStepGraph, type StepDefinition, type StepInput } from "@millrace/model/steps/step-graph";
import type { Asset, AssetComputation, AssetDependency } from "../../assets/asset-definition.ts";
import { checkName, type CheckComputation } from "../../checks/asset-check.ts";
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
import { divideTargets, findVirtualDeps } from "../../jobs/divide-targets.ts";
import { planGraphAsset } from "./plan-ops.ts";
import type { PlanRequest } from "./plan-request.ts";

/** Plans the steps that make and check assets: one for each part of a computation, one for each check. */
export function planAssetSteps(
  definitions: ResolvedDefinitions,
  job: Job | null,
  request: PlanRequest,
  wanted: WantedPartitions,
): Pick<ExecutionPlan, "steps" | "graph" | "graphConfigs"> {
  const targets = chooseTargets(definitions, job, request);
  const made = [...targets.assets.values(), ...targets.checks.values()];
  const own = made.flatMap(({ partitions }) => (partitions ? [partitions] : []));
  const divided = divideTargets(definitions, targets);
  const run: RunOfAssets = { definitions, targets, divided, wanted: withOwnKeys(wanted, own) };
  const steps = new Map<string, PlannedStep>();
  const graph: StepDefinition[] = [];
  const graphConfigs = new Map<string, PlannedGraphConfig>();
  const checks = new Map(
    [...targets.checks.values()].map(({ computation }) => [computation.stepKey, computation]),
  );
  for (const part of divided.parts) {
    const check = checks.get(part.key);
    if (check !== undefined) {
      const step = planCheck(run, check);
      steps.set(step.key, step);
      graph.push(toGraphStep(run, step));
      continue;
    }
    const computation = definitions.computations.get(part.stepKey);
    if (computation === undefined) continue;
    const step = planPart(run, computation, part);
    const definition = toGraphStep(run, step);
    if (computation.graph === null) {
      steps.set(step.key, step);
      graph.push(definition);
      continue;
    }
    const partition = checkOnePartition(step.key, step.partitions ?? undefined, wanted);
    const inner = planGraphAsset(
      computation.graph,
      part,
      step.inputs,
      partition,
      computation.canSubset ? step.selectedOutputs : null,
    );
    for (const config of inner.graphConfigs) graphConfigs.set(config.key, config);
    for (const planned of inner.steps.values()) steps.set(planned.key, planned);
    steps.set(step.key, { ...step, inputs: [inner.planned] });
    // The whole graph waits for what the asset depends on, also for what only comes first.
    const after = definition.after ?? [];
    for (const { inputs, ...rest } of inner.graph)
      graph.push({ ...rest, inputs: [...inputs, ...definition.inputs], after });
    graph.push({ ...definition, inputs: [...inner.inputs, ...definition.inputs] });
  }
  return { steps, graph: createStepGraph(graph), graphConfigs: [...graphConfigs.values()] };
}

interface RunOfAssets {
  readonly definitions: ResolvedDefinitions;
  readonly targets: Targets;
  readonly divided: AssetSteps;
  readonly wanted: WantedPartitions;
}

/** The step for those assets of a computation that one call of its code makes. */
function planPart(run: RunOfAssets, computation: AssetComputation, part: StepPart): PlannedStep {
  const outputs = listPartOutputs(run, computation, part);
  const selected = outputs.filter(({ asset }) => run.targets.assets.has(asset.key));
  const [first] = selected;
  const worked = planPartitions(run, part.key, first?.asset.partitions, first?.asset.backfillPolicy ?? null);
  const dependencies = listDependencies(
    computation,
    outputs.map(({ asset }) => asset),
  );
  const values = listValues(
    computation,
    dependencies,
    selected.map(({ asset }) => asset.key),
  );
  return planCalls(run, values, {
    ...worked,
    key: part.key,
    configKey: part.stepKey,
    kind: computation.kind === "observe" ? "observation" : "asset",
    computation,
    dependencies,
    inputs: planInputs(run, part.key, values, asOneCall(worked)),
    calls: null,
    outputs: outputs.map(({ name, asset }) => ({
      name,
      asset,
      isRead: true,
      required: !computation.optionalOutputs.has(name) && run.targets.assets.has(asset.key),
      dynamic: false,
    })),
    checks: selected.flatMap(({ asset }) =>
      asset.checks.map((spec) => ({ ...spec, assetKey: asset.key, resultName: null })),
    ),
    selectedOutputs: new Set(selected.map(({ name }) => name)),
    retryPolicy: computation.retryPolicy,
    tags: computation.tags,
  });
}

interface NamedAsset {
  readonly name: string;
  readonly asset: Asset;
}

/** The assets that a part of a step makes, each after those of them that it depends on. */
function listPartOutputs(run: RunOfAssets, computation: AssetComputation, part: StepPart): NamedAsset[] {
  const outputs = [...computation.outputs].map(([name, asset]) => ({ name, asset }));
  if (outputs.length === 1) return outputs;
  const byKey = new Map<string, NamedAsset>(outputs.map((output) => [output.asset.key, output]));
  return part.members.flatMap((key) => byKey.get(key) ?? []);
}

/** What the assets of one call depend on: what holds for the step, and what each says for itself. */
function listDependencies(
  computation: AssetComputation,
  assets: readonly Asset[],
): readonly AssetDependency[] {
  if (assets.length === 1 && assets[0]?.dependencies === computation.dependencies)
    return computation.dependencies;
  // Those of the step whose values are parameters of its code belong to each call.
  const all = computation.dependencies.filter(({ loadsValue }) => loadsValue);
  const whatOf = ({ key, loadsValue, partitionMapping }: AssetDependency): string =>
    JSON.stringify([key, loadsValue, partitionMapping]);
  const known = new Set(all.map(whatOf));
  for (const dependency of assets.flatMap(({ dependencies }) => dependencies)) {
    if (known.has(whatOf(dependency))) continue;
    known.add(whatOf(dependency));
    all.push(dependency);
  }
  return all;
}

/** A value that the code receives, or asks for. */
interface WantedValue {
  readonly dependency: AssetDependency;
  readonly isParameter: boolean;
}

/** The values that a call needs: all but those that it makes itself. */
function listValues(
  computation: Pick<AssetComputation, "dependencies">,
  dependencies: readonly AssetDependency[],
  made: readonly string[],
): WantedValue[] {
  const shared = new Set(computation.dependencies);
  const own = new Set(made);
  return dependencies.flatMap((dependency) => {
    const isParameter = shared.has(dependency);
    const mapping = dependency.partitionMapping?.type ?? "identity";
    const isMade = !isParameter && own.has(dependency.key) && mapping === "identity";
    return dependency.loadsValue && !isMade ? [{ dependency, isParameter }] : [];
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
function planCalls(run: RunOfAssets, values: readonly WantedValue[], step: PlannedStep): PlannedStep {
  const { partitionKeys } = step;
  if (step.takesSeveral || partitionKeys === null || partitionKeys.length === 1) return step;
  const calls = partitionKeys.map((partitionKey): PlannedStep => {
    const call = { ...step, partitionKeys: [partitionKey], partitionKey };
    return { ...call, inputs: planInputs(run, step.key, values, call) };
  });
  return { ...step, calls };
}

function planCheck(run: RunOfAssets, computation: CheckComputation): PlannedStep {
  const checks = [...computation.checks].filter(([, check]) => run.targets.checks.has(checkName(check)));
  const worked = planPartitions(run, computation.stepKey, checks[0]?.[1].partitions, null);
  const values = listValues(computation, computation.dependencies, []);
  return planCalls(run, values, {
    ...worked,
    key: computation.stepKey,
    configKey: computation.stepKey,
    kind: "check",
    computation,
    dependencies: computation.dependencies,
    inputs: planInputs(run, computation.stepKey, values, asOneCall(worked)),
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
  values: readonly WantedValue[],
  worked: StepPartitions,
): PlannedInput[] {
  const { partitionKeys, takesSeveral } = worked;
  const partitions = worked.partitions ?? undefined;
  return values.flatMap(({ dependency, isParameter }): PlannedInput[] => {
    const asset = run.definitions.assets.get(dependency.key);
    if (!asset) return [];
    const upstream = asset.partitions ?? dependency.partitions;
    return [
      {
        kind: "asset",
        name: dependency.name ?? dependency.key,
        asset,
        dependency,
        isParameter,
        madeBy: run.divided.partOf.get(asset.key)?.key ?? asset.computation?.stepKey ?? "",
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
      },
    ];
  });
}

/** The step as the state machine sees it: only what is made in the same run is waited for. */
function toGraphStep(run: RunOfAssets, step: PlannedStep): StepDefinition {
  const { definitions, targets, divided } = run;
  const inputs: StepInput[] = [];
  const after = new Set<string>();
  const awaited = listAwaited(
    step.dependencies.map(({ key }) => key),
    divided.partOf,
    (key) => findVirtualDeps(definitions.assets, key),
  );
  for (const key of awaited) {
    const producer = divided.partOf.get(key);
    const upstream = targets.assets.get(key as Asset["key"]);
    if (!upstream || !producer || producer.key === step.key) continue;
    const output = [...(upstream.computation?.outputs ?? [])].find(([, asset]) => asset === upstream);
    const source = { stepKey: producer.key, outputName: output?.[0] ?? "" };
    inputs.push({ name: key, kind: "single", sources: [source], orderOnly: true });
    // A blocking check that fails holds back what is downstream of its asset; checks do not wait for each other.
    if (step.kind === "check") continue;
    for (const { stepKey } of divided.blockingChecks.get(key) ?? []) after.add(stepKey);
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
