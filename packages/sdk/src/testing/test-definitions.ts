import type { AssetKey } from "@millrace/model/asset-key";
import type { Asset } from "../assets/asset-definition.ts";
import { checkKind } from "../definition/check-kind.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import type { Resource } from "../resources/resource.ts";
import { isStandIns, toResource, type StandIn } from "../definitions/stand-in.ts";

/** Assets and what is checked, with everything they depend on by value. @throws DefinitionError */
export function listAssetsWithUpstream(assets: readonly Asset[], checks: readonly AssetCheck[]): Asset[] {
  for (const [index, asset] of assets.entries()) checkKind(null, `assets[${index}]`, asset, "asset");
  for (const [index, check] of checks.entries()) checkKind(null, `checks[${index}]`, check, "asset_check");
  // What is listed takes the place of others of its key, as `asset.with` makes them.
  const known = new Map(assets.map((asset) => [asset.key, asset]));
  for (const check of checks) addDependencies(known, check.computation.dependencies);
  // What is added while the map is walked is walked too.
  for (const asset of known.values()) addDependencies(known, asset.dependencies);
  return [...new Set([...assets, ...known.values()])];
}

/** What takes the place of resources in a test: stand-ins by value, or resources and plain values by the name of the resource. */
export type TestResources = Readonly<Record<string, unknown>> | readonly StandIn<Resource>[];

/** Stand-ins for resources: plain values become resources. */
export function toResources(
  given: TestResources = {},
): Readonly<Record<string, Resource>> | readonly StandIn<Resource>[] {
  if (isStandIns(given)) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, toResource(name, value)]));
}

function addDependencies(known: Map<AssetKey, Asset>, dependencies: Asset["dependencies"]): void {
  for (const { key, asset } of dependencies) if (asset && !known.has(key)) known.set(key, asset);
}
