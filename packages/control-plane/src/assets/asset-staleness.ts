import { placeName, versionRecordOf, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import { comparedPartitions } from "@millrace/model/data-versions/compared-partitions";
import { findStaleness, type Staleness } from "@millrace/model/data-versions/staleness";
import type { VersionedAsset, VersionFacts } from "@millrace/model/data-versions/version-facts";
import { listInputs } from "@millrace/model/data-versions/versioned-inputs";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";
import type { Asset } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { Db } from "../database/connect.ts";
import { getAssetCatalog, type AssetCatalog } from "./asset-catalog.ts";
import { readPartitions } from "./partition-sets/read-partitions.ts";
import { findAssetVersions } from "./asset-version-store.ts";

/**
 * Whether assets and partitions are up to date with the definitions that are served now, in the order asked; null for an
 * asset that is not defined. One query, however many are asked for.
 *
 * @param now Milliseconds since the epoch: decides which partitions exist.
 */
export async function listStaleness(
  db: Db,
  deploymentId: string,
  places: readonly AssetPlace[],
  now: number,
): Promise<(Staleness | null)[]> {
  const catalog = await getAssetCatalog(db, deploymentId);
  const edges = createEdges(catalog, now);
  const graph = {
    findAsset: (key: string) => versionedAsset(catalog, key),
    dependencyPartitions: edges,
  };
  const needed = new Map<string, AssetPlace>();
  const need = (place: AssetPlace): void => void needed.set(placeName(place), place);
  // An asset without partitions has none to ask for.
  const asked = places.map(({ assetKey, partition }) => ({
    assetKey,
    partition: catalog.assets.get(assetKey)?.definition.partitions ? partition : null,
  }));
  for (const place of asked) {
    need(place);
    for (const { key, partitions } of listInputs(graph, place.assetKey, place.partition).values()) {
      // The asset as a whole too: it says whether there was anything to be made from.
      for (const partition of [null, ...partitions]) need({ assetKey: key, partition });
    }
  }
  const versions = await findAssetVersions(db, deploymentId, [...needed.values()]);
  const facts: VersionFacts = {
    ...graph,
    findRecord(assetKey, partition) {
      const known = versions.get(placeName({ assetKey, partition }));
      return known ? versionRecordOf(known, graph.findAsset(assetKey)?.isExternal ?? false) : null;
    },
  };
  return asked.map(({ assetKey, partition }) =>
    catalog.assets.has(assetKey) ? findStaleness(facts, assetKey, partition) : null,
  );
}

type Edges = VersionFacts["dependencyPartitions"];

/**
 * The partitions behind each edge of the graph, each worked out once. What the location of the asset knows of a dependency
 * counts, as its runs know no more.
 */
function createEdges(catalog: AssetCatalog, now: number): Edges {
  const known = new Map<string, readonly (string | null)[]>();
  return (key, partition, dep) => {
    const asset = catalog.assets.get(key);
    const dependency = asset?.definition.dependencies.find((each) => each.key === dep);
    const upstream = definitionOf(asset?.location.assets.get(dep)?.partitions ?? dependency?.partitions);
    if (!asset || upstream === null) return AS_A_WHOLE;
    const name = JSON.stringify([key, partition, dep]);
    let partitions = known.get(name);
    if (!partitions) {
      const json = dependency?.partitionMapping;
      const mapping = json ? (JSON.parse(json) as PartitionMapping) : null;
      const downstream = definitionOf(asset.definition.partitions);
      partitions = comparedPartitions({ upstream, downstream, mapping }, partition, now);
      known.set(name, partitions);
    }
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

/** Whether others make it, so that what is observed of it counts. */
export function isExternalAsset({ executable, observable }: Asset): boolean {
  return !executable || observable;
}

function definitionOf(described: { readonly json: string } | undefined): PartitionsDefinition | null {
  return described === undefined ? null : readPartitions(described).definition;
}
