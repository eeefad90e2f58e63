import { createStepGraph, type StepDefinition } from "@millrace/model/steps/step-graph";
import type { AssetComputation, AssetDependency } from "millrace/internal/assets/asset-definition";
import type { Computation } from "millrace/internal/definitions/computation";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolve";
import { planOpSteps } from "millrace/internal/execution/plan-ops";
import type { Job } from "millrace/internal/jobs/job";
import { selectTargets } from "millrace/internal/jobs/select-targets";

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
export function listJobSteps(definitions: ResolvedDefinitions, job: Job | null): JobStep[] {
  return job?.target.kind === "ops" ? listOpSteps(job.target.body) : listAssetSteps(definitions, job);
}

function listOpSteps(body: Parameters<typeof planOpSteps>[0]): JobStep[] {
  const { steps, graph } = planOpSteps(body, null);
  return [...graph.steps.values()].flatMap(({ key, inputs, after }) => {
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

function listAssetSteps(definitions: ResolvedDefinitions, job: Job | null): JobStep[] {
  const { assets, checks } = selectTargets(definitions, job);
  const steps = new Map<
    string,
    Omit<JobStep, "upstream"> & { readonly dependencies: readonly AssetDependency[] }
  >();
  const computations = new Set<AssetComputation>();
  for (const { computation } of assets.values()) if (computation) computations.add(computation);
  for (const computation of computations) {
    const { stepKey: key, dependencies } = computation;
    steps.set(key, { key, kind: "asset", computation, dependencies });
  }
  for (const { computation } of checks.values()) {
    const { stepKey: key, dependencies } = computation;
    steps.set(key, { key, kind: "check", computation, dependencies });
  }
  const graph: StepDefinition[] = [...steps.values()].map(({ key, dependencies }) => {
    const producers = dependencies.map((dependency) => assets.get(dependency.key)?.computation?.stepKey);
    const after = producers.filter((producer) => producer !== undefined && producer !== key);
    return { key, inputs: [], outputs: [], after: [...new Set(after)] as string[] };
  });
  return [...createStepGraph(graph).steps.values()].flatMap(({ key, after }) => {
    const step = steps.get(key);
    return step === undefined
      ? []
      : [{ key, kind: step.kind, upstream: after ?? [], computation: step.computation }];
  });
}
