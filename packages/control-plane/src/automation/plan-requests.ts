import {
  targetName,
  type AutomationAsset,
  type AutomationAssets,
  type AutomationTarget,
} from "@millrace/model/automation/asset-state-view";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { countSubset, subsetKeys } from "@millrace/model/partitions/subset-keys";
import type { PartitionsSubset } from "@millrace/model/partitions/subset";

/** What a condition asks for; not empty. */
export interface AutomationRequest {
  readonly target: AutomationTarget;
  readonly requested: PartitionsSubset;
}

/** What is launched at once for requests that belong together: of one code location, connected, for the same partitions. */
export interface RequestGroup {
  readonly locationName: string;
  /** The job whose condition asks; null: assets or checks. */
  readonly jobName: string | null;
  /** Null: none, or all that the job makes. */
  readonly assetSelection: readonly string[] | null;
  readonly checkSelection: readonly string[] | null;
  /** The partition of one run; null: not partitioned, or several. */
  readonly partitionKey: string | null;
  /** Several partitions: a backfill of these, by asset. Null: one run. */
  readonly ranges: ReadonlyMap<string, readonly PartitionKeyRange[]> | null;
  /** Names of the targets that ask. */
  readonly targets: readonly string[];
}

interface Wish {
  readonly name: string;
  readonly target: AutomationTarget;
  readonly asset: AutomationAsset;
  readonly requested: PartitionsSubset;
  /** Null: several. */
  readonly partition: { readonly key: string | null } | null;
}

/**
 * Groups what a round asks for. One partition, or an asset without any, becomes part of a run with all that is connected to it and asked
 * for in the same partition; several become a backfill, with all connected assets that are partitioned alike.
 */
export function planRequests(
  assets: AutomationAssets,
  requests: readonly AutomationRequest[],
): RequestGroup[] {
  const wishes = requests.flatMap(({ target, requested }): Wish[] => {
    const asset = assets.get(target.asset);
    if (!asset) return [];
    const partitions = target.check === null ? asset.partitions : null;
    const partition = onlyPartition(partitions, requested);
    return [{ name: targetName(target), target, asset, requested, partition }];
  });
  const alike = Map.groupBy(wishes, ({ name, asset, target, partition }) =>
    JSON.stringify([
      asset.codeLocation,
      asset.job === null ? null : name,
      // Checks by themselves are a run of their own.
      target.check !== null,
      partition === null ? "several" : [partition.key],
      // One object for all that are partitioned alike would be shared, but locations have one each.
      partition?.key === null ? null : asset.partitions,
    ]),
  );
  return [...alike.values()].flatMap((group) => connected(group).map(toGroup));
}

function onlyPartition(
  partitions: PartitionsDefinition | null,
  requested: PartitionsSubset,
): { readonly key: string | null } | null {
  if (partitions === null) return { key: null };
  if (countSubset(partitions, requested) > 1) return null;
  const [key] = subsetKeys(partitions, requested);
  return { key: key ?? null };
}

/** Splits wishes so that assets which depend on each other stay together; checks are all together. */
function connected(wishes: readonly Wish[]): Wish[][] {
  const byAsset = new Map(wishes.map((wish) => [wish.target.asset, wish]));
  if (wishes.some(({ target }) => target.check !== null)) return [[...wishes]];
  const links = new Map<string, Set<string>>(wishes.map(({ target }) => [target.asset, new Set()]));
  const sets = Map.groupBy(wishes, ({ asset }) => asset.executionSet);
  const link = (a: string, b: string): void => {
    links.get(a)?.add(b);
    links.get(b)?.add(a);
  };
  for (const { asset } of wishes)
    for (const { key } of asset.dependencies) if (byAsset.has(key)) link(asset.key, key);
  for (const [set, members] of sets)
    if (set !== null) for (const { asset } of members) link(asset.key, members[0]?.asset.key ?? asset.key);
  const left = new Set(byAsset.keys());
  const groups: Wish[][] = [];
  for (const start of byAsset.keys()) {
    if (!left.delete(start)) continue;
    const reached = new Set([start]);
    for (const key of reached)
      for (const next of links.get(key) ?? []) if (left.delete(next)) reached.add(next);
    groups.push(wishes.filter(({ target }) => reached.has(target.asset)));
  }
  return groups;
}

function toGroup(wishes: readonly Wish[]): RequestGroup {
  const [first] = wishes;
  const job = first?.asset.job ?? null;
  const isOfChecks = first?.target.check !== null;
  const several = first?.partition === null;
  return {
    locationName: first?.asset.codeLocation ?? "",
    jobName: job,
    assetSelection: job !== null || isOfChecks ? null : wishes.map(({ asset }) => asset.key),
    checkSelection: isOfChecks ? wishes.map(({ name }) => name) : null,
    partitionKey: first?.partition?.key ?? null,
    ranges: several
      ? new Map(wishes.map(({ asset, requested }) => [asset.key, toRanges(asset.partitions, requested)]))
      : null,
    targets: wishes.map(({ name }) => name),
  };
}

/** Windows in a row are one range; other keys stand each for themselves. */
function toRanges(partitions: PartitionsDefinition | null, requested: PartitionsSubset): PartitionKeyRange[] {
  if (requested.type === "windows")
    return requested.ranges.flatMap((range) => {
      const keys = [...subsetKeys(partitions, { type: "windows", ranges: [range] })];
      const [start, end] = [keys[0], keys.at(-1)];
      return start === undefined || end === undefined ? [] : [{ start, end }];
    });
  return [...subsetKeys(partitions, requested)].map((key) => ({ start: key, end: key }));
}
