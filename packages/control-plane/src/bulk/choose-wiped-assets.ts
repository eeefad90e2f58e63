import { createAssetGraph, type AssetGraph } from "@millrace/model/selection/asset-graph";
import { evaluateAssetSelection } from "@millrace/model/selection/evaluate-asset-selection";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { parseAssetSelection } from "@millrace/model/selection/parse-asset-selection";
import { BadRequest } from "../api/bad-request.ts";
import { listKnownAssetKeys } from "../assets/asset-record-store.ts";
import { getAssetCatalog, type AssetCatalog } from "../assets/catalog/asset-catalog.ts";
import { unknownAsset } from "../assets/removal/wipe-asset.ts";
import type { Db } from "../database/connect.ts";

/**
 * The assets that a wipe is about, in the order of their keys: those of `keys` or of `selection` that anything has happened to, also
 * when nothing defines them any more.
 *
 * @throws BadRequest when neither says which, or both do, or one of `keys` is neither defined nor known, or the selection can't be read.
 */
export async function chooseWipedAssets(
  db: Db,
  deploymentId: string,
  keys: readonly string[] | null,
  selection: string | null,
): Promise<string[]> {
  if ((keys === null) === (selection === null))
    throw new BadRequest("Say which assets are meant by `keys` or by `selection`, one of the two");
  const [catalog, known] = await Promise.all([
    getAssetCatalog(db, deploymentId),
    listKnownAssetKeys(db, deploymentId, true),
  ]);
  const graph = toAssetGraph(catalog, known);
  const strange = keys?.find((key) => !graph.assets.has(key));
  if (strange !== undefined) throw await unknownAsset(db, deploymentId, strange);
  const chosen = keys === null ? select(selection ?? "", graph) : new Set(keys);
  return known.filter((key) => chosen.has(key)).toSorted();
}

function toAssetGraph({ assets }: AssetCatalog, known: readonly string[]): AssetGraph {
  const defined = [...assets.values()].map(({ definition, location }) => ({
    key: definition.key,
    deps: definition.dependencies.map(({ key }) => key),
    group: definition.group,
    tags: definition.tags,
    kinds: definition.kinds,
    owners: definition.owners,
    codeLocation: location.locationName,
    isMaterializable: definition.executable,
  }));
  const others = known
    .filter((key) => !assets.has(key))
    .map((key) => ({
      key,
      deps: [],
      group: "",
      tags: {},
      kinds: [],
      owners: [],
      codeLocation: "",
      isMaterializable: false,
    }));
  return createAssetGraph([...defined, ...others]);
}

function select(text: string, graph: AssetGraph): Set<string> {
  try {
    return evaluateAssetSelection(parseAssetSelection(text), graph);
  } catch (error) {
    if (!(error instanceof InvalidSelection || error instanceof UnknownInSelection)) throw error;
    throw new BadRequest(`\`selection\`: ${error.message}`, { cause: error });
  }
}
