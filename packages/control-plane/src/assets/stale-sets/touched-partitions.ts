import {
  isTimePartitions,
  type DynamicKeys,
  type PartitionsDefinition,
} from "@millrace/model/partitions/definition";
import { defaultMapping } from "@millrace/model/partitions/mappings/default-mapping";
import { mapToDownstream } from "@millrace/model/partitions/mappings/map-partitions";
import { MappingDoesNotFit } from "@millrace/model/partitions/mappings/mapping";
import { listDimensions } from "@millrace/model/partitions/multi-key";
import { UnknownPartitionKey } from "@millrace/model/partitions/partition-errors";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import {
  countSubset,
  existingSubset,
  subsetKeys,
  subsetOfKeys,
} from "@millrace/model/partitions/subset-keys";
import { subtractSubset, unionSubsets, type PartitionsSubset } from "@millrace/model/partitions/subset";
import { existingWindows, windowGrid } from "@millrace/model/partitions/window-grid";
import type { PartitionedEdge } from "@millrace/model/data-versions/compared-partitions";
import type { AssetCatalog } from "../catalog/asset-catalog.ts";
import { readPartitions } from "../partition-sets/read-partitions.ts";
import { createVersionGraph, findEdge } from "../staleness/version-graph.ts";
import type { TrackedAsset } from "./stale-plan.ts";

/** From so many partitions on, all of them are looked at. */
const MAX_LISTED = 2_000;

/** What has happened since the partitions of an asset were looked at. */
export interface StaleNews {
  /** Keys of partitions of which there are events, by asset. */
  readonly changed: ReadonlyMap<string, ReadonlySet<string>>;
  /** The present dynamic keys of the definitions that take part. */
  readonly dynamicKeys: DynamicKeys;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Touched = PartitionsSubset | "all" | null;

/**
 * The partitions of an asset that may be stale or fresh in another way than before: some more than those, never fewer, but for
 * what is told by its inputs as a whole.
 *
 * @param before when they were looked at, milliseconds since the epoch: windows that have come since are news as well.
 */
export function findTouchedPartitions(
  catalog: AssetCatalog,
  { key, partitions: { definition } }: TrackedAsset,
  news: StaleNews,
  before: number,
): readonly string[] | "all" {
  const own = news.changed.get(key) ?? [];
  const touched = touchedBehind(catalog, key, news, before, []);
  if (touched === "all") return "all";
  if (touched === null) return [...own];
  if (countSubset(definition, touched) > MAX_LISTED) return "all";
  return [...new Set([...own, ...subsetKeys(definition, touched)])];
}

/** Of an asset that is seen in others, or whose own partitions are asked for: what its dependencies and time have touched. */
function touchedBehind(
  catalog: AssetCatalog,
  key: string,
  news: StaleNews,
  before: number,
  path: readonly string[],
): Touched {
  const { findAsset } = createVersionGraph(catalog, news.now);
  const asset = findAsset(key);
  if (asset === null || path.includes(key)) return null;
  const own = definitionOf(catalog, key);
  let touched = own === null || asset.deps.length === 0 ? null : newWindows(own, news, before);
  for (const dep of asset.deps) {
    const edge = findEdge(catalog, key, dep);
    if (edge === null) continue;
    let upstream = edge.upstream === null ? null : touchedOf(edge.upstream, dep, news, before);
    if (findAsset(dep)?.isVirtual) {
      const behind = touchedBehind(catalog, dep, news, before, [...path, key]);
      const seen = definitionOf(catalog, dep);
      upstream = join(upstream, behind === null || isSamePartitions(seen, edge.upstream) ? behind : "all");
    }
    touched = join(touched, carry(edge, upstream, news));
    if (touched === "all") return "all";
  }
  return touched;
}

function definitionOf(catalog: AssetCatalog, key: string): PartitionsDefinition | null {
  const described = catalog.assets.get(key)?.definition.partitions;
  return described === undefined ? null : readPartitions(described).definition;
}

function touchedOf(definition: PartitionsDefinition, key: string, news: StaleNews, before: number): Touched {
  const changed = news.changed.get(key);
  const arrived = newWindows(definition, news, before);
  return changed === undefined ? arrived : join(subsetOfKnown(definition, changed), arrived);
}

/** Keys that the definition does not have are nobody's input. */
function subsetOfKnown(definition: PartitionsDefinition, keys: Iterable<string>): PartitionsSubset {
  const known = [...keys].filter((key) => {
    try {
      subsetOfKeys(definition, [key]);
      return true;
    } catch (error) {
      if (error instanceof UnknownPartitionKey) return false;
      throw error;
    }
  });
  return subsetOfKeys(definition, known);
}

/** What of a dependency's partitions touches of the asset's. */
function carry(edge: PartitionedEdge, touched: Touched, news: StaleNews): Touched {
  const { upstream, downstream } = edge;
  if (touched === null) return null;
  if (touched === "all" || upstream === null || downstream === null) return "all";
  const ends = { upstream, downstream };
  const mapping = edge.mapping ?? defaultMapping(ends);
  if (mapping.type === "identity" && isSamePartitions(upstream, downstream)) return touched;
  try {
    return mapToDownstream(mapping, ends, touched, news);
  } catch (error) {
    if (error instanceof MappingDoesNotFit || error instanceof UnknownPartitionKey) return "all";
    throw error;
  }
}

function newWindows(definition: PartitionsDefinition, news: StaleNews, before: number): Touched {
  if (!hasNewWindows(definition, before, news.now)) return null;
  const existed = existingSubset(definition, { ...news, now: before });
  return subtractSubset(existingSubset(definition, news), existed);
}

/** Whether time has made further partitions between two moments. */
export function hasNewWindows(definition: PartitionsDefinition, before: number, now: number): boolean {
  const singles =
    definition.type === "multi" ? listDimensions(definition).map(([, single]) => single) : [definition];
  return singles.some((single) => {
    if (!isTimePartitions(single)) return false;
    const grid = windowGrid(single);
    return existingWindows(grid, before)?.end !== existingWindows(grid, now)?.end;
  });
}

function join(a: Touched, b: Touched): Touched {
  if (a === null || b === "all") return b;
  if (b === null || a === "all") return a;
  return unionSubsets(a, b);
}
