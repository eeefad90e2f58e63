import { placeName, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import { findStaleness, type Staleness } from "@millrace/model/data-versions/staleness";
import type { VersionFacts, VersionGraph } from "@millrace/model/data-versions/version-facts";
import { listInputs } from "@millrace/model/data-versions/versioned-inputs";
import type { Db } from "../../database/connect.ts";
import { getAssetCatalog, type AssetCatalog } from "../catalog/asset-catalog.ts";
import { findAssetVersions } from "./asset-version-store.ts";
import { createFacts, createVersionGraph, listNeeded } from "./version-graph.ts";

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
  // An asset without partitions has none to ask for.
  const asked = places.map(({ assetKey, partition }) => ({
    assetKey,
    partition: catalog.assets.get(assetKey)?.definition.partitions ? partition : null,
  }));
  const facts = await loadFacts(db, deploymentId, catalog, createVersionGraph(catalog, now), asked);
  return asked.map(({ assetKey, partition }) =>
    catalog.assets.has(assetKey) ? findStaleness(facts, assetKey, partition) : null,
  );
}

/**
 * Which of these partitions of an asset are stale, and what of its inputs they are made from as a whole: another version of that
 * decides about all of them.
 */
export async function findStalePartitions(
  db: Db,
  deploymentId: string,
  catalog: AssetCatalog,
  assetKey: string,
  partitions: readonly string[],
  now: number,
): Promise<{ readonly stale: ReadonlyMap<string, boolean>; readonly wholeInputs: ReadonlySet<string> }> {
  const graph = createVersionGraph(catalog, now);
  const wholeInputs = new Set<string>();
  for (const partition of partitions)
    for (const { key, partitions: seen } of listInputs(graph, assetKey, partition).values())
      if (seen.includes(null) || graph.findAsset(key)?.isPartitioned !== true) wholeInputs.add(key);
  const places = partitions.map((partition) => ({ assetKey, partition }));
  const facts = await loadFacts(db, deploymentId, catalog, graph, places);
  const stale = partitions.map((partition): [string, boolean] => [
    partition,
    findStaleness(facts, assetKey, partition).status === "stale",
  ]);
  return { stale: new Map(stale), wholeInputs };
}

/** What the rules of versions need to know of these places, by one query. */
async function loadFacts(
  db: Db,
  deploymentId: string,
  catalog: AssetCatalog,
  graph: VersionGraph,
  places: readonly AssetPlace[],
): Promise<VersionFacts> {
  const needed = new Map(
    places.flatMap((place) => listNeeded(graph, place).map((each) => [placeName(each), each])),
  );
  const versions = await findAssetVersions(db, deploymentId, [...needed.values()]);
  return createFacts(graph, versions, catalog.renamed);
}
