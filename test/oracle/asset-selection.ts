import {
  createAssetGraph,
  type AssetGraph,
  type SelectableAsset,
} from "@millrace/model/selection/asset-graph";
import { evaluateAssetSelection } from "@millrace/model/selection/evaluate-asset-selection";
import { parseLenientAssetSelection } from "@millrace/model/selection/lenient-asset-selection";
import { parseAssetSelection } from "@millrace/model/selection/parse-asset-selection";

interface VectorAsset {
  readonly key: string;
  readonly code_location: string;
  readonly group: string;
  readonly deps: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly kinds: readonly string[];
  readonly owners: readonly string[];
  readonly external?: boolean;
}
type SelectionCase =
  | { readonly kind: "graph"; readonly graph: string; readonly assets: readonly VectorAsset[] }
  | {
      readonly kind: "select";
      readonly graph: string;
      readonly selection: string;
      readonly include_external: boolean;
      readonly syntax: "strict" | "lenient";
    };

/** Graphs that earlier cases of the file have set up. */
const graphs = new Map<string, AssetGraph>();

export function runCase(testCase: unknown): unknown {
  const vector = testCase as SelectionCase;
  if (vector.kind === "graph") {
    graphs.set(vector.graph, createAssetGraph(vector.assets.map(toAsset)));
    return null;
  }
  const graph = graphs.get(vector.graph);
  if (!graph) throw new Error(`no graph ${vector.graph}`);
  const selection =
    vector.syntax === "lenient"
      ? parseLenientAssetSelection(vector.selection, graph)
      : parseAssetSelection(vector.selection);
  return [...evaluateAssetSelection(selection, graph, { includeExternal: vector.include_external })];
}

function toAsset(asset: VectorAsset): SelectableAsset {
  const { key, deps, group, tags, kinds, owners } = asset;
  return {
    key,
    deps,
    group,
    tags,
    kinds,
    owners,
    codeLocation: asset.code_location,
    isMaterializable: !asset.external,
  };
}
