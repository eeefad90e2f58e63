/** What a selection can ask of an asset. */
export interface SelectableAsset {
  /** Canonical asset key. */
  readonly key: string;
  /** Keys of the assets it depends on. */
  readonly deps: readonly string[];
  readonly group: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly kinds: readonly string[];
  readonly owners: readonly string[];
  readonly codeLocation: string;
  /** False for external assets, which nothing here can materialize. */
  readonly isMaterializable: boolean;
}

/** Assets by key, with their dependencies in both directions. */
export interface AssetGraph {
  readonly assets: ReadonlyMap<string, SelectableAsset>;
  readonly childrenOf: ReadonlyMap<string, readonly string[]>;
}

/** Links assets into a graph. Dependencies on assets that are not among them are passed over. */
export function createAssetGraph(assets: Iterable<SelectableAsset>): AssetGraph {
  const byKey = new Map<string, SelectableAsset>();
  for (const asset of assets) byKey.set(asset.key, asset);
  const childrenOf = new Map<string, string[]>();
  for (const asset of byKey.values())
    for (const parent of asset.deps) {
      const children = childrenOf.get(parent);
      if (children) children.push(asset.key);
      else childrenOf.set(parent, [asset.key]);
    }
  return { assets: byKey, childrenOf };
}

/** Keys of the assets directly above one; only those that are in the graph. */
export function parentsOf(graph: AssetGraph, key: string): readonly string[] {
  return graph.assets.get(key)?.deps.filter((parent) => graph.assets.has(parent)) ?? [];
}

/** Keys of the assets directly below one. */
export function childrenOf(graph: AssetGraph, key: string): readonly string[] {
  return graph.childrenOf.get(key) ?? [];
}
