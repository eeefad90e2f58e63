import type { AssetsSearch } from "./asset-search.ts";
import type { AssetGraphQuery } from "./assets.gen.ts";

export type AssetNode = AssetGraphQuery["assetGraph"][number];

/** The assets that match: the text is found in key, group, kind and location; group and state are compared whole. */
export function filterAssets(assets: readonly AssetNode[], search: AssetsSearch): AssetNode[] {
  const text = search.search?.toLowerCase() ?? "";
  return assets.filter(
    (asset) =>
      (!search.group || asset.group === search.group) &&
      (!search.state || asset.state === search.state) &&
      [asset.key, asset.group, asset.locationName, ...asset.kinds].some((field) =>
        field.toLowerCase().includes(text),
      ),
  );
}

/** An asset with everything it is made from and everything made from it, near and far. */
export function assetsAround(assets: readonly AssetNode[], key: string): AssetNode[] {
  const upstream = new Map(assets.map((asset) => [asset.key, asset.dependencies]));
  const downstream = new Map<string, string[]>();
  for (const asset of assets) {
    for (const dependency of asset.dependencies)
      downstream.set(dependency, [...(downstream.get(dependency) ?? []), asset.key]);
  }
  const near = new Set([...reach(key, upstream), ...reach(key, downstream)]);
  return assets.filter((asset) => near.has(asset.key));
}

/** Without recursion: a chain may be thousands of assets long. */
function reach(key: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set([key]);
  for (const each of found) for (const other of next.get(each) ?? []) found.add(other);
  return found;
}

/** Group names in order. */
export function listGroups(assets: readonly AssetNode[]): string[] {
  return [...new Set(assets.map((asset) => asset.group))].sort();
}
