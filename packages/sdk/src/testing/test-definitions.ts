import type { Asset } from "../assets/asset-definition.ts";
import type { AssetCheck } from "../checks/asset-check.ts";
import { definitionKind } from "../definition/definition.ts";
import { valueResource, type Resource } from "../resources/resource.ts";

/** Assets and what is checked, with everything they depend on by value. */
export function listAssetsWithUpstream(assets: readonly Asset[], checks: readonly AssetCheck[]): Asset[] {
  const known = new Set(assets);
  for (const check of checks) addDependencies(known, check.computation.dependencies);
  // What is added while the set is walked is walked too.
  for (const asset of known) addDependencies(known, asset.dependencies);
  return [...known];
}

/** Stand-ins for resources: plain values become resources. */
export function toResources(
  values: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, Resource>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      definitionKind(value) === "resource" ? (value as Resource) : valueResource(name, value),
    ]),
  );
}

function addDependencies(known: Set<Asset>, dependencies: Asset["dependencies"]): void {
  for (const { asset } of dependencies) if (asset) known.add(asset);
}
