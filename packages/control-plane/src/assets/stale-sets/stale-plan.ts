import { createHash } from "node:crypto";
import type { PartitionedEdge } from "@millrace/model/data-versions/compared-partitions";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { AssetCatalog } from "../catalog/asset-catalog.ts";
import type { PartitionedAsset } from "../partition-sets/find-partition-sets.ts";
import { readPartitions } from "../partition-sets/read-partitions.ts";
import { createVersionGraph, findEdge, isExternalAsset } from "../staleness/version-graph.ts";

/** An asset of which it is kept which of its partitions are stale. */
export interface TrackedAsset extends PartitionedAsset {
  /** SHA-256 of the definitions that decide which partitions are stale. */
  readonly definitions: Buffer;
  /** Keys of its dependencies, and of what is behind virtual ones. */
  readonly inputs: readonly string[];
  /** The ways in which it and its inputs are partitioned, each once. */
  readonly around: readonly PartitionsDefinition[];
}

const plans = new WeakMap<AssetCatalog, ReadonlyMap<string, TrackedAsset>>();

/** The assets with partitions that can be stale, by key: what others make never is. */
export function listTrackedAssets(catalog: AssetCatalog): ReadonlyMap<string, TrackedAsset> {
  let plan = plans.get(catalog);
  if (!plan) plans.set(catalog, (plan = createPlan(catalog)));
  return plan;
}

function createPlan(catalog: AssetCatalog): ReadonlyMap<string, TrackedAsset> {
  const tracked = new Map<string, TrackedAsset>();
  for (const [key, { definition }] of catalog.assets) {
    if (definition.partitions === undefined || isExternalAsset(definition)) continue;
    const partitions = readPartitions(definition.partitions);
    const inputs = new Set<string>();
    const edges = describeEdges(catalog, key, inputs);
    const around = new Set(edges.flatMap(({ edge }) => [edge.upstream, edge.downstream]));
    tracked.set(key, {
      key,
      partitions,
      definitions: digestOf(catalog, key, edges, inputs),
      inputs: [...inputs],
      around: [...around].filter((end) => end !== null),
    });
  }
  return tracked;
}

interface NamedEdge {
  readonly from: string;
  readonly dep: string;
  readonly edge: PartitionedEdge;
}

/** The edges of an asset and of the virtual ones among its inputs, which are collected on the way. */
function describeEdges(catalog: AssetCatalog, key: string, inputs: Set<string>): NamedEdge[] {
  const { findAsset } = createVersionGraph(catalog, 0);
  const edges: NamedEdge[] = [];
  const follow = (from: string): void => {
    for (const dep of findAsset(from)?.deps ?? []) {
      const edge = findEdge(catalog, from, dep);
      if (edge !== null) edges.push({ from, dep, edge });
      if (inputs.has(dep)) continue;
      inputs.add(dep);
      if (findAsset(dep)?.isVirtual) follow(dep);
    }
  };
  follow(key);
  return edges;
}

function digestOf(
  catalog: AssetCatalog,
  key: string,
  edges: readonly NamedEdge[],
  inputs: ReadonlySet<string>,
): Buffer {
  const { findAsset } = createVersionGraph(catalog, 0);
  const self = findAsset(key);
  const others = [...inputs].map((input) => {
    const { isExternal, isPartitioned, isVirtual } = findAsset(input) ?? {};
    return [input, isExternal, isPartitioned, isVirtual];
  });
  const renamed = [...catalog.renamed].filter(([, today]) => inputs.has(today));
  const described = [self, catalog.assets.get(key)?.definition.partitions?.json, edges, others, renamed];
  return createHash("sha256").update(JSON.stringify(described)).digest();
}
