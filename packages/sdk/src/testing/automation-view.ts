import {
  targetName,
  type AssetStateView,
  type AutomationAsset,
  type AutomationAssets,
  type AutomationTarget,
} from "@millrace/model/automation/asset-state-view";
import { subsetOfKeys } from "@millrace/model/partitions/subset-keys";
import type { PartitionsSubset } from "@millrace/model/partitions/subset";
import { withJobs, type AutomationJob } from "@millrace/model/automation/automation-job";
import { findExecutionSet } from "../assets/execution-set.ts";
import { findJobPartitions } from "../jobs/job-partitions.ts";
import { selectTargets } from "../jobs/select-targets.ts";
import type { ResolvedDefinitions } from "../definitions/resolved-definitions.ts";
import type { AutomationInstanceState, RecordedUpdate } from "./automation-instance.ts";

/** The assets and jobs of definitions as automation sees them. */
export function toAutomationAssets(definitions: ResolvedDefinitions): AutomationAssets {
  const checks = Map.groupBy(definitions.checks.values(), (check) => check.assetKey);
  const assets = new Map(
    [...definitions.assets.values()].map((asset): [string, AutomationAsset] => [
      asset.key,
      {
        key: asset.key,
        partitions: asset.partitions ?? null,
        dependencies: asset.dependencies.map(({ key, partitionMapping }) => ({
          key,
          ...(partitionMapping === null ? {} : { mapping: partitionMapping }),
        })),
        condition: asset.automationCondition,
        codeVersion: asset.codeVersion,
        checks: [...asset.checks, ...(checks.get(asset.key) ?? [])].map((check) => ({
          name: check.name,
          isBlocking: check.blocking,
          condition: check.automationCondition,
        })),
        isExternal: asset.computation?.kind !== "materialize",
        codeLocation: "",
        job: null,
        executionSet: findExecutionSet(asset),
        group: asset.group,
        tags: asset.tags,
        kinds: asset.kinds,
        owners: asset.owners,
        isVirtual: asset.isVirtual,
        freshnessPolicy: asset.freshnessPolicy,
      },
    ]),
  );
  const jobs = [...definitions.jobs.values()].flatMap((job): AutomationJob[] => {
    const { name, automationCondition: condition } = job;
    if (condition === null) return [];
    const { assets: made } = selectTargets(definitions, job);
    return [
      {
        name,
        codeLocation: "",
        condition,
        partitions: findJobPartitions(definitions, job),
        assets: job.target.kind === "assets" ? [...made.keys()] : [],
      },
    ];
  });
  return withJobs(assets, jobs);
}

/** What an instance knows, as conditions ask for it. */
export function viewInstance(assets: AutomationAssets, state: AutomationInstanceState): AssetStateView {
  const { updates, inProgress, failed } = state;
  const subset = (
    { asset, check }: AutomationTarget,
    partitions: Iterable<string | null>,
  ): PartitionsSubset => {
    const keys = [...partitions];
    const definition = check === null ? (assets.get(asset)?.partitions ?? null) : null;
    if (definition === null) return { type: "whole", included: keys.length > 0 };
    return subsetOfKeys(
      definition,
      keys.filter((key) => key !== null),
    );
  };
  const updatesOf = (target: AutomationTarget): RecordedUpdate[] =>
    updates.filter((update) => update.target === targetName(target));
  const latestCheck = (asset: string, check: string): RecordedUpdate | null => {
    const materialized = updatesOf({ asset, check: null }).at(-1)?.event ?? 0;
    const latest = updatesOf({ asset, check }).at(-1);
    return latest && latest.event > materialized ? latest : null;
  };
  return {
    lastEvent: updates.length,
    dynamicKeys: state.dynamicKeys,
    present: (target) => {
      if (target.check === null)
        return subset(
          target,
          updatesOf(target).map(({ partition }) => partition),
        );
      return subset(target, latestCheck(target.asset, target.check) === null ? [] : [null]);
    },
    inProgress: (target) => subset(target, inProgress.get(targetName(target)) ?? []),
    inBackfill: (target) => subset(target, []),
    failed: (target) => subset(target, failed.get(targetName(target)) ?? []),
    updatesSince: (target, event) => updatesOf(target).filter((update) => update.event > event),
    dataVersionChangedSince: (asset, event) => {
      const target = { asset, check: null };
      const before = new Map<string | null, string | null>();
      const after = new Map<string | null, string | null>();
      for (const { partition, dataVersion, event: at } of updatesOf(target)) {
        after.set(partition, dataVersion);
        if (at <= event) before.set(partition, dataVersion);
      }
      const changed = [...after].filter(([partition, version]) => before.get(partition) !== version);
      return subset(
        target,
        changed.map(([partition]) => partition),
      );
    },
    latestRun: (target, partition) =>
      updatesOf(target).findLast((update) => update.partition === partition)?.run ?? null,
    lastUpdatedAt: (asset) => updatesOf({ asset, check: null }).at(-1)?.time ?? null,
    checkPassed: (asset, check) => latestCheck(asset, check)?.passed ?? null,
  };
}
