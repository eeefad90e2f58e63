import type { PartitionsDefinition } from "../partitions/definition.ts";
import type { AutomationAsset, AutomationAssets } from "./asset-state-view.ts";
import type { AutomationCondition } from "./condition.ts";

/** A job over assets as automation sees it: plain data from the definitions. */
export interface AutomationJob {
  readonly name: string;
  readonly codeLocation: string;
  readonly condition: AutomationCondition;
  /** How its runs are partitioned; null when not. */
  readonly partitions: PartitionsDefinition | null;
  /** Keys of the assets that it makes. */
  readonly assets: readonly string[];
}

/** The key of the target that a job is; no definition of an asset may have it. */
export function jobTargetKey({ codeLocation, name }: Pick<AutomationJob, "codeLocation" | "name">): string {
  return `job:${codeLocation}:${name}`;
}

/**
 * The assets together with jobs that have a condition: each stands behind its root assets, those that depend on none of the
 * others it makes, so that it is evaluated after them and sees what they request. Nothing ever happens to a job itself.
 */
export function withJobs(assets: AutomationAssets, jobs: readonly AutomationJob[]): AutomationAssets {
  return new Map([...assets, ...jobs.map((job) => [jobTargetKey(job), toTarget(assets, job)] as const)]);
}

function toTarget(assets: AutomationAssets, job: AutomationJob): AutomationAsset {
  const made = new Set(job.assets);
  const roots = job.assets.filter(
    (key) =>
      !assets.get(key)?.dependencies.some((dependency) => dependency.key !== key && made.has(dependency.key)),
  );
  return {
    key: jobTargetKey(job),
    job: job.name,
    partitions: job.partitions,
    dependencies: roots.map((key) => ({ key })),
    condition: job.condition,
    codeVersion: null,
    checks: [],
    isExternal: false,
    codeLocation: job.codeLocation,
    executionSet: null,
    group: "",
    tags: {},
    kinds: [],
    owners: [],
    isVirtual: false,
    freshnessPolicy: null,
  };
}
