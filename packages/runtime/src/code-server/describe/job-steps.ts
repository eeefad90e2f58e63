import {
  createStepGraph,
  type GraphStep,
  type StepDefinition,
  type StepSource,
  upstreamStepKeys,
} from "@millrace/model/steps/step-graph";
import type { AssetComputation, AssetDependency } from "millrace/internal/assets/asset-definition";
import type { Computation } from "millrace/internal/computation/computation";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { NO_PARTITIONS, type PlannedGraphConfig } from "millrace/internal/execution/plan/execution-plan";
import { planGraphAsset, planOpSteps, type GraphAssetSteps } from "millrace/internal/execution/plan/plan-ops";
import type { GraphBody } from "millrace/internal/graphs/graph-definition";
import type { Job } from "millrace/internal/jobs/job";
import { selectTargets } from "millrace/internal/jobs/select-targets";

/** The steps of a job, and the graphs among them that take a config as a whole. */
export interface JobSteps {
  /** In order of execution. */
  readonly steps: readonly JobStep[];
  readonly graphConfigs: readonly Pick<PlannedGraphConfig, "key" | "config">[];
}

/** One step of a job, as its page shows it. */
export interface JobStep {
  readonly key: string;
  readonly kind: "asset" | "op" | "check";
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
    return planned === undefined ? [] : [toJobStep(step, "op", planned.computation)];
  });
  return { steps: listed, graphConfigs };
}

function toJobStep(step: GraphStep, kind: JobStep["kind"], computation: Computation): JobStep {
  const { key, mappedOver, outputs } = step;
  const dynamicOutputs = outputs.filter(({ dynamic }) => dynamic).map(({ name }) => name);
  return { key, kind, upstream: upstreamStepKeys(step).sort(), mappedOver, dynamicOutputs, computation };
}

function planGraphSteps(body: GraphBody, { stepKey, dependencies }: AssetComputation): GraphAssetSteps {
  const values = dependencies.filter(({ loadsValue }) => loadsValue);
  return planGraphAsset(
    body,
    stepKey,
    values.map(({ key }) => ({ kind: "outputs", name: key })),
    NO_PARTITIONS,
    null,
  );
}

/** A step, and what it depends on as the author says it: assets. */
interface DependentStep {
  readonly kind: JobStep["kind"];
  readonly computation: Computation;
  readonly dependencies: readonly AssetDependency[];
  /** What it takes from steps of the same asset. */
  readonly definition: StepDefinition;
}

function listAssetSteps(definitions: ResolvedDefinitions, job: Job | null): JobSteps {
  const { assets, checks } = selectTargets(definitions, job);
  const steps = new Map<string, DependentStep>();
  const graphConfigs: Pick<PlannedGraphConfig, "key" | "config">[] = [];
  const computations = new Set<AssetComputation>();
  for (const { computation } of assets.values()) if (computation) computations.add(computation);
  for (const computation of computations) {
    const { stepKey: key, dependencies } = computation;
    const inner = computation.graph === null ? null : planGraphSteps(computation.graph, computation);
    graphConfigs.push(...(inner?.graphConfigs ?? []));
    for (const definition of inner?.graph ?? []) {
      const planned = inner?.steps.get(definition.key);
      // The whole graph waits for what the asset depends on; the step of the asset itself waits for the graph.
      if (planned !== undefined)
        steps.set(definition.key, {
          kind: "op",
          computation: planned.computation,
          dependencies,
          definition,
        });
    }
    const after = [...(inner?.steps.keys() ?? [])];
    const definition = { key, inputs: inner?.inputs ?? [], outputs: [], after };
    steps.set(key, { kind: "asset", computation, dependencies, definition });
  }
  for (const { computation } of checks.values()) {
    const { stepKey: key, dependencies } = computation;
    const definition = { key, inputs: [], outputs: [] };
    steps.set(key, { kind: "check", computation, dependencies, definition });
  }
  const blockingChecks = Map.groupBy(
    [...checks.values()].filter(({ blocking }) => blocking),
    (check) => check.assetKey,
  );
  const graph = [...steps.values()].map(({ kind, dependencies, definition }) => {
    const after = new Set(definition.after);
    for (const dependency of dependencies) {
      const producer = assets.get(dependency.key)?.computation?.stepKey;
      if (producer === undefined || producer === definition.key) continue;
      after.add(producer);
      // A blocking check holds back what is downstream of its asset; checks do not wait for each other.
      if (kind === "check") continue;
      for (const check of blockingChecks.get(dependency.key) ?? []) after.add(check.computation.stepKey);
    }
    return { ...definition, after: [...after] };
  });
  const listed = [...createStepGraph(graph).steps.values()].flatMap((step): JobStep[] => {
    const found = steps.get(step.key);
    return found === undefined ? [] : [toJobStep(step, found.kind, found.computation)];
  });
  return { steps: listed, graphConfigs };
}
