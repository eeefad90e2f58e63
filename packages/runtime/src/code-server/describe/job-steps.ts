import type { StepPart } from "@millrace/model/steps/split-steps";
import {
  createStepGraph,
  type GraphStep,
  type StepDefinition,
  type StepSource,
  upstreamStepKeys,
} from "@millrace/model/steps/step-graph";
import type { AssetComputation } from "millrace/internal/assets/asset-definition";
import type { Computation } from "millrace/internal/computation/computation";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { divideTargets } from "millrace/internal/jobs/divide-targets";
import {
  NO_PARTITIONS,
  type PlannedGraphConfig,
  type PlannedInput,
} from "millrace/internal/execution/plan/execution-plan";
import { planGraphAsset, planOpSteps, type GraphAssetSteps } from "millrace/internal/execution/plan/plan-ops";
import type { GraphBody } from "millrace/internal/graphs/graph-definition";
import type { Job } from "millrace/internal/jobs/job";
import { selectTargets } from "millrace/internal/jobs/select-targets";

/** The steps of a job, and the graphs among them that take a config as a whole. */
export interface JobSteps {
  /** In order of execution. */
  readonly steps: readonly JobStep[];
  readonly graphConfigs: readonly Pick<PlannedGraphConfig, "key" | "config">[];
  /** Keys of the steps that are run in parts, as others come between. */
  readonly divided: ReadonlySet<string>;
}

/** One step of a job, as its page shows it. */
export interface JobStep {
  readonly key: string;
  /** Where run config has its config: the key of the step that it is a part of. */
  readonly configKey: string;
  readonly kind: "asset" | "op" | "check";
  /** Keys of the assets that it makes or observes. */
  readonly assetKeys: readonly string[];
  /** Keys of the steps it waits for, sorted. */
  readonly upstream: readonly string[];
  /** The dynamic output whose mapping keys the step is copied for; null: it runs once. */
  readonly mappedOver: StepSource | null;
  /** Names of the outputs that emit values under mapping keys. */
  readonly dynamicOutputs: readonly string[];
  readonly computation: Computation;
}

/**
 * The steps of a job in order of execution, whatever partition a run of it is for.
 *
 * @param job null: everything that can be made.
 */
export function listJobSteps(definitions: ResolvedDefinitions, job: Job | null): JobSteps {
  return job?.target.kind === "ops" ? listOpSteps(job.target.body) : listAssetSteps(definitions, job);
}

function listOpSteps(body: GraphBody): JobSteps {
  const { steps, graph, graphConfigs } = planOpSteps(body, null);
  const listed = [...graph.steps.values()].flatMap((step): JobStep[] => {
    const planned = steps.get(step.key);
    if (planned === undefined) return [];
    const { key, configKey, computation } = planned;
    return [{ key, configKey, kind: "op", assetKeys: [], computation, ...waitingOf(step) }];
  });
  return { steps: listed, graphConfigs, divided: new Set() };
}

function waitingOf(step: GraphStep): Pick<JobStep, "upstream" | "mappedOver" | "dynamicOutputs"> {
  const dynamicOutputs = step.outputs.filter(({ dynamic }) => dynamic).map(({ name }) => name);
  return { upstream: upstreamStepKeys(step).sort(), mappedOver: step.mappedOver, dynamicOutputs };
}

function planGraphSteps(
  body: GraphBody,
  part: StepPart,
  { dependencies }: AssetComputation,
  wanted: ReadonlySet<string> | null,
): GraphAssetSteps {
  const values = dependencies.filter(({ loadsValue }) => loadsValue);
  const inputs = values.map(({ key }): PlannedInput => ({ kind: "outputs", name: key }));
  return planGraphAsset(body, part, inputs, NO_PARTITIONS, wanted);
}

function listAssetSteps(definitions: ResolvedDefinitions, job: Job | null): JobSteps {
  const targets = selectTargets(definitions, job);
  const { parts, listUpstream } = divideTargets(definitions, targets);
  const upstreamOf = listUpstream();
  const checks = new Map([...targets.checks.values()].map((check) => [check.computation.stepKey, check]));
  const steps = new Map<string, Omit<JobStep, "upstream" | "mappedOver" | "dynamicOutputs">>();
  const graph: StepDefinition[] = [];
  const graphConfigs = new Map<string, Pick<PlannedGraphConfig, "key" | "config">>();
  for (const part of parts) {
    const { key, stepKey } = part;
    const check = checks.get(key);
    const computation = check?.computation ?? definitions.computations.get(stepKey);
    if (computation === undefined) continue;
    const kind = check === undefined ? "asset" : "check";
    const assetKeys = check === undefined ? part.members : [];
    const upstream = upstreamOf.get(key) ?? [];
    const inner =
      "graph" in computation && computation.graph !== null
        ? planGraphSteps(computation.graph, part, computation, selectedOutputs(computation, part))
        : null;
    for (const config of inner?.graphConfigs ?? []) graphConfigs.set(config.key, config);
    for (const definition of inner?.graph ?? []) {
      const planned = inner?.steps.get(definition.key);
      if (planned === undefined) continue;
      const { configKey } = planned;
      steps.set(planned.key, {
        key: planned.key,
        configKey,
        kind: "op",
        assetKeys: [],
        computation: planned.computation,
      });
      // The whole graph waits for what the asset depends on; the step of the asset itself waits for the graph.
      graph.push({ ...definition, after: [...(definition.after ?? []), ...upstream] });
    }
    steps.set(key, { key, configKey: stepKey, kind, assetKeys, computation });
    const after = [...upstream, ...(inner?.steps.keys() ?? [])];
    graph.push({ key, inputs: inner?.inputs ?? [], outputs: [], after });
  }
  const listed = [...createStepGraph(graph).steps.values()].flatMap((step): JobStep[] => {
    const found = steps.get(step.key);
    return found === undefined ? [] : [{ ...found, ...waitingOf(step) }];
  });
  const divided = new Set(parts.flatMap(({ key, stepKey }) => (key === stepKey ? [] : [stepKey])));
  return { steps: listed, graphConfigs: [...graphConfigs.values()], divided };
}

/** The outputs that a part of a graph is for; null: all of them, whatever is asked for. */
function selectedOutputs(
  { canSubset, outputs }: AssetComputation,
  part: StepPart,
): ReadonlySet<string> | null {
  if (!canSubset) return null;
  const members = new Set(part.members);
  return new Set([...outputs].flatMap(([name, asset]) => (members.has(asset.key) ? [name] : [])));
}
