import { assetKey } from "../asset-key.ts";
import type { AssetGraph } from "./asset-graph.ts";
import type { AssetSelection } from "./asset-selection.ts";
import { InvalidSelection, UnknownInSelection } from "./invalid-selection.ts";
import { parseAssetSelection } from "./parse-asset-selection.ts";
import { parseSelectionClause } from "./selection-clause.ts";

/**
 * Reads a selection as `parseAssetSelection` does, or else as an old-style clause: `asset`, `++asset`, `asset*`, `tag:k=v`.
 * Unlike in the language, an asset that a clause names must exist.
 *
 * @throws InvalidSelection | UnknownInSelection
 */
export function parseLenientAssetSelection(text: string, graph: AssetGraph): AssetSelection {
  try {
    return parseAssetSelection(text);
  } catch (error) {
    const clause = error instanceof InvalidSelection ? parseOldClause(text, graph) : null;
    if (clause === null) throw error;
    return clause;
  }
}

function parseOldClause(text: string, graph: AssetGraph): AssetSelection | null {
  const clause = parseSelectionClause(text);
  if (clause) {
    const key = assetKey(clause.name);
    if (!graph.assets.has(key)) throw new UnknownInSelection(`There is no asset "${clause.name}"`);
    const operand: AssetSelection = { type: "attribute", attribute: "key", value: key };
    return clause.up === 0 && clause.down === 0
      ? operand
      : { type: "traversal", operand, up: clause.up, down: clause.down };
  }
  const [key, value = "", ...rest] = text.startsWith("tag:") ? text.slice("tag:".length).split("=") : [];
  if (key === undefined || rest.length > 0) return null;
  return { type: "tag", attribute: "tag", key, value };
}
