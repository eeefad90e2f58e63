import type {
  Asset,
  AssetCheck,
  PartitionsDefinition,
} from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { AutomationAsset, AutomationAssets } from "@millrace/model/automation/asset-state-view";
import { withJobs, type AutomationJob } from "@millrace/model/automation/automation-job";
import { planAutomation, type AutomationPlan } from "@millrace/model/automation/automation-plan";
import type { AutomationCondition } from "@millrace/model/automation/condition";
import {
  InvalidAutomationCondition,
  parseAutomationCondition,
} from "@millrace/model/automation/parse-condition";
import type { FreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";
import type { AssetCatalog, CatalogAsset } from "../assets/catalog/asset-catalog.ts";
import { readPartitions } from "../assets/partition-sets/read-partitions.ts";
import { isExternalAsset } from "../assets/staleness/version-graph.ts";
import type { ServingSnapshot } from "../locations/serving-snapshot.ts";

const plans = new WeakMap<AssetCatalog, Map<string, AutomationPlan>>();

/**
 * What is to be evaluated of the served definitions; made once for each catalog.
 *
 * @param offGroups groups of assets whose conditions, with those of their checks, are left out.
 */
export function planOf(catalog: AssetCatalog, offGroups: readonly string[] = []): AutomationPlan {
  const known = plans.get(catalog) ?? new Map<string, AutomationPlan>();
  plans.set(catalog, known);
  const name = JSON.stringify(offGroups);
  let plan = known.get(name);
  if (!plan) {
    // The switches of before are of no more use.
    known.clear();
    known.set(name, (plan = planAutomation(withoutGroups(toAutomationAssets(catalog), offGroups))));
  }
  return plan;
}

function withoutGroups(assets: AutomationAssets, groups: readonly string[]): AutomationAssets {
  if (groups.length === 0) return assets;
  const off = new Set(groups);
  return new Map(
    [...assets].map(([key, asset]) => [
      key,
      asset.job !== null || !off.has(asset.group)
        ? asset
        : { ...asset, condition: null, checks: asset.checks.map((check) => ({ ...check, condition: null })) },
    ]),
  );
}

const conditional = new WeakMap<AssetCatalog, boolean>();

/** Whether anything that is served has a condition, be it switched off or unreadable. */
export function hasConditions(catalog: AssetCatalog): boolean {
  let known = conditional.get(catalog);
  if (known === undefined) {
    const assets = [...catalog.assets.values()];
    const described = [
      ...assets.flatMap(({ definition, checks }) => [definition, ...checks]),
      ...catalog.locations.flatMap(({ snapshot }) => snapshot.jobs),
    ];
    conditional.set(catalog, (known = described.some(({ automationCondition }) => automationCondition)));
  }
  return known;
}

const watched = new WeakMap<AutomationPlan, readonly string[]>();

/** Keys of the assets that conditions of a plan are about, and of those which these depend on; few conditions look further. */
export function listWatched(plan: AutomationPlan): readonly string[] {
  let keys = watched.get(plan);
  if (!keys) {
    const units = plan.units.filter(({ targets }) => targets.length > 0);
    const own = units.flatMap(({ assets }) => assets);
    const upstream = own.flatMap((key) => plan.assets.get(key)?.dependencies.map((each) => each.key) ?? []);
    watched.set(plan, (keys = [...new Set([...own, ...upstream])]));
  }
  return keys;
}

/** The assets of a catalog, and the jobs that have a condition, as automation sees them. */
export function toAutomationAssets({ assets, locations }: AssetCatalog): AutomationAssets {
  return withJobs(
    new Map([...assets].map(([key, asset]) => [key, toAutomationAsset(asset)])),
    locations.flatMap(listJobs),
  );
}

function toAutomationAsset({ definition, location, checks }: CatalogAsset): AutomationAsset {
  const { key, group, tags, kinds, owners, virtual } = definition;
  return {
    key,
    job: null,
    partitions: definitionOf(definition.partitions),
    dependencies: definition.dependencies.map((dependency) => ({
      key: dependency.key,
      ...(dependency.partitionMapping
        ? { mapping: JSON.parse(dependency.partitionMapping) as PartitionMapping }
        : {}),
    })),
    // Nothing here could make it.
    condition: definition.executable ? conditionOf(definition) : null,
    codeVersion: definition.codeVersion ?? null,
    checks: checks.map((check) => ({
      name: check.name,
      isBlocking: check.blocking,
      condition: conditionOf(check),
    })),
    isExternal: isExternalAsset(definition),
    codeLocation: location.locationName,
    // A name is one of its code location.
    executionSet: definition.executionSet ? `${location.locationName}:${definition.executionSet}` : null,
    group,
    tags,
    kinds,
    owners,
    isVirtual: virtual,
    freshnessPolicy: definition.freshnessPolicy
      ? (JSON.parse(definition.freshnessPolicy) as FreshnessPolicy)
      : null,
  };
}

function listJobs({ locationName, snapshot }: ServingSnapshot): AutomationJob[] {
  return snapshot.jobs.flatMap((job) => {
    const condition = conditionOf(job);
    if (condition === null) return [];
    const { name, assetKeys } = job;
    return [
      {
        name,
        codeLocation: locationName,
        condition,
        partitions: definitionOf(job.partitions),
        assets: assetKeys,
      },
    ];
  });
}

/** A condition of a newer SDK that this version can't read is not evaluated: it stops no other, and is told of where it is shown. */
function conditionOf(described: Pick<Asset | AssetCheck, "automationCondition">): AutomationCondition | null {
  return readCondition(described)?.condition ?? null;
}

/** The condition of a definition, or why it can't be evaluated; null: it has none. */
export function readCondition({ automationCondition }: Pick<Asset | AssetCheck, "automationCondition">): {
  readonly condition: AutomationCondition | null;
  readonly problem: string | null;
} | null {
  if (!automationCondition) return null;
  try {
    return { condition: parseAutomationCondition(JSON.parse(automationCondition)), problem: null };
  } catch (error) {
    if (!(error instanceof InvalidAutomationCondition || error instanceof SyntaxError)) throw error;
    return {
      condition: null,
      problem: `${error.message}. It is not evaluated: this control plane can't read it, so update the control plane, or change the condition`,
    };
  }
}

function definitionOf(described: PartitionsDefinition | undefined): AutomationAsset["partitions"] {
  return described === undefined ? null : readPartitions(described).definition;
}
