import { placeName, type AssetPlace } from "@millrace/model/data-versions/asset-state";
import { findStaleness, type Staleness } from "@millrace/model/data-versions/staleness";
import type { Db } from "../../database/connect.ts";
import { getAssetCatalog } from "../catalog/asset-catalog.ts";
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
  const graph = createVersionGraph(catalog, now);
  const needed = new Map(
    asked.flatMap((place) => listNeeded(graph, place).map((each) => [placeName(each), each])),
  );
  const versions = await findAssetVersions(db, deploymentId, [...needed.values()]);
  const facts = createFacts(graph, versions, catalog.renamed);
  return asked.map(({ assetKey, partition }) =>
    catalog.assets.has(assetKey) ? findStaleness(facts, assetKey, partition) : null,
  );
}
