import { createStepGraph, type StepDefinition } from "@millrace/model/steps/step-graph";
import type { AssetComputation, AssetDependency } from "millrace/internal/assets/asset-definition";
import type { Computation } from "millrace/internal/definitions/computation";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolve";
import type { PlannedGraphConfig, PlannedStep } from "millrace/internal/execution/execution-plan";
import { planGraphAsset, planOpSteps } from "millrace/internal/execution/plan-ops";
import type { GraphBody } from "millrace/internal/graphs/composition";
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
  readonly upstream: readonly string[];
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
  return { steps: toJobSteps(steps, graph.steps.values()), graphConfigs };
}

function listGraphSteps(body: GraphBody, { stepKey, dependencies }: AssetComputation): JobSteps {
  const values = dependencies.filter(({ loadsValue }) => loadsValue);
  const { steps, graph, graphConfigs } = planGraphAsset(
    body,
    stepKey,
    values.map(({ key }) => ({ kind: "outputs", name: key })),
    { partitions: null, partitionKey: null },
  );
  return { steps: toJobSteps(steps, graph), graphConfigs };
}

function toJobSteps(
  steps: ReadonlyMap<string, PlannedStep>,
  definitions: Iterable<StepDefinition>,
): readonly JobStep[] {
  return [...definitions].flatMap(({ key, inputs, after }) => {
    const step = steps.get(key);
    if (step === undefined) return [];
    const sources = inputs.flatMap((input) => input.sources.map((source) => source.stepKey));
    return [
      {
        key,
        kind: "op" as const,
        upstream: [...new Set([...sources, ...(after ?? [])])],
        computation: step.computation,
      },
    ];
  });
}

interface DependentStep extends Omit<JobStep, "upstream"> {
  readonly dependencies: readonly AssetDependency[];
  /** Keys of steps of the same asset that come first. */
  readonly before: readonly string[];
}

function listAssetSteps(definitions: ResolvedDefinitions, job: Job | null): JobSteps {
  const { assets, checks } = selectTargets(definitions, job);
  const steps = new Map<string, DependentStep>();
  const graphConfigs: Pick<PlannedGraphConfig, "key" | "config">[] = [];
  const computations = new Set<AssetComputation>();
  for (const { computation } of assets.values()) if (computation) computations.add(computation);
  for (const computation of computations) {
    const { stepKey: key, dependencies } = computation;
    const inner = computation.graph === null ? null : listGraphSteps(computation.graph, computation);
    graphConfigs.push(...(inner?.graphConfigs ?? []));
    // The whole graph waits for what the asset depends on; the step of the asset itself waits for the graph.
    for (const step of inner?.steps ?? [])
      steps.set(step.key, { ...step, dependencies, before: step.upstream });
    const before = inner?.steps.map((step) => step.key) ?? [];
    steps.set(key, { key, kind: "asset", computation, dependencies, before });
  }
  for (const { computation } of checks.values()) {
    const { stepKey: key, dependencies } = computation;
    steps.set(key, { key, kind: "check", computation, dependencies, before: [] });
  }
  const graph: StepDefinition[] = [...steps.values()].map(({ key, dependencies, before }) => {
    const producers = dependencies.map((dependency) => assets.get(dependency.key)?.computation?.stepKey);
    const after = producers.filter((producer) => producer !== undefined && producer !== key);
    return { key, inputs: [], outputs: [], after: [...new Set([...before, ...after])] as string[] };
  });
  const listed = [...createStepGraph(graph).steps.values()].flatMap(({ key, after }) => {
    const step = steps.get(key);
    return step === undefined
      ? []
      : [{ key, kind: step.kind, upstream: after ?? [], computation: step.computation }];
  });
  return { steps: listed, graphConfigs };
}
