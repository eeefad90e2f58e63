import { placeName, versionRecordOf, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import { comparedPartitions, type PartitionedEdge } from "@millrace/model/data-versions/compared-partitions";
import type { VersionedAsset, VersionFacts, VersionGraph } from "@millrace/model/data-versions/version-facts";
import { listInputs } from "@millrace/model/data-versions/versioned-inputs";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";
import type { Asset } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { AssetCatalog } from "../catalog/asset-catalog.ts";
import type { AssetVersions } from "./asset-version-store.ts";
import { renameInputs } from "../names/rename-inputs.ts";
import { readPartitions } from "../partition-sets/read-partitions.ts";

/** What the rules of versions need to know of the served definitions. @param now decides which partitions exist. */
export function createVersionGraph(catalog: AssetCatalog, now: number): VersionGraph {
  return {
    findAsset: (key) => versionedAsset(catalog, key),
    dependencyPartitions: createEdges(catalog, now),
  };
}

/** The places whose versions decide whether this one is up to date, itself among them. */
export function listNeeded(graph: VersionGraph, place: AssetPlace): AssetPlace[] {
  const inputs = [...listInputs(graph, place.assetKey, place.partition).values()];
  return [
    place,
    // The asset as a whole too: it says whether there was anything to be made from.
    ...inputs.flatMap(({ key, partitions }) =>
      [null, ...partitions].map((partition) => ({ assetKey: key, partition })),
    ),
  ];
}

/**
 * The facts of a graph with the versions that are known, by `placeName`.
 *
 * @param renamed keys of today by former ones: what an asset was made from may be noted under a former key.
 */
export function createFacts(
  graph: VersionGraph,
  versions: ReadonlyMap<string, AssetVersions>,
  renamed: ReadonlyMap<string, string>,
): VersionFacts {
  return {
    ...graph,
    findRecord(assetKey, partition) {
      const known = versions.get(placeName({ assetKey, partition }));
      if (!known) return null;
      const record = versionRecordOf(known, graph.findAsset(assetKey)?.isExternal ?? false);
      if (!record?.provenance || renamed.size === 0) return record;
      return { ...record, provenance: renameInputs(record.provenance, renamed) };
    },
  };
}

/** Whether others make it, so that what is observed of it counts. */
export function isExternalAsset({ executable, observable }: Asset): boolean {
  return !executable || observable;
}

type Edges = VersionFacts["dependencyPartitions"];

/** A dependency of an asset as its location knows it, as its runs know no more. Null: there is no such asset. */
export function findEdge(catalog: AssetCatalog, key: string, dep: string): PartitionedEdge | null {
  const asset = catalog.assets.get(key);
  if (!asset) return null;
  const dependency = asset.definition.dependencies.find((each) => each.key === dep);
  const json = dependency?.partitionMapping;
  return {
    upstream: definitionOf(asset.location.assets.get(dep)?.partitions ?? dependency?.partitions),
    downstream: definitionOf(asset.definition.partitions),
    mapping: json ? (JSON.parse(json) as PartitionMapping) : null,
  };
}

/** The partitions behind each edge of the graph, each worked out once. */
function createEdges(catalog: AssetCatalog, now: number): Edges {
  const edges = new Map<string, PartitionedEdge | null>();
  const known = new Map<string, readonly (string | null)[]>();
  return (key, partition, dep) => {
    const edgeName = JSON.stringify([key, dep]);
    const edge = edges.get(edgeName) ?? findEdge(catalog, key, dep);
    edges.set(edgeName, edge);
    if (edge === null || edge.upstream === null) return AS_A_WHOLE;
    const name = JSON.stringify([key, partition, dep]);
    let partitions = known.get(name);
    if (!partitions) known.set(name, (partitions = comparedPartitions(edge, partition, now)));
    return partitions;
  };
}

const AS_A_WHOLE: readonly null[] = [null];

/** What the definitions of a snapshot are to the rules of versions; kept as long as the snapshot itself. */
const versioned = new WeakMap<Asset, VersionedAsset>();

function versionedAsset(catalog: AssetCatalog, key: string): VersionedAsset | null {
  const definition = catalog.assets.get(key)?.definition;
  if (!definition) return null;
  let known = versioned.get(definition);
  if (!known) {
    known = {
      deps: definition.dependencies.map((dependency) => dependency.key),
      codeVersion: definition.codeVersion ?? null,
      isExternal: isExternalAsset(definition),
      isPartitioned: definition.partitions !== undefined,
      isVirtual: definition.virtual,
    };
    versioned.set(definition, known);
  }
  return known;
}

function definitionOf(described: { readonly json: string } | undefined): PartitionsDefinition | null {
  return described === undefined ? null : readPartitions(described).definition;
}
