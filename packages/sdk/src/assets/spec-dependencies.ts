import { assetKey, type AssetKey } from "@millrace/model/asset-key";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import type { SourcePosition } from "../definition/source-position.ts";
import type { Asset, AssetDependency, DependencyInput } from "./asset-definition.ts";
import type { AssetSpec, SpecMap } from "./asset-spec.ts";
import { assetRef, toDependencies, type OrderInput } from "./dependency.ts";

/** A multi-asset while its assets are defined. */
export interface MultiAssetScope {
  readonly name: string;
  readonly source: SourcePosition | null;
  /** Its assets by the names of their outputs, as far as they are defined yet. */
  readonly outputs: ReadonlyMap<string, Asset>;
  /** The keys of all its assets, by the names of their outputs. */
  readonly keys: ReadonlyMap<string, AssetKey>;
}

/** The keys that assets described so have, by the names of their outputs. */
export function specKeys(specs: SpecMap): Map<string, AssetKey> {
  return new Map(Object.entries(specs).map(([output, spec]) => [output, assetKey(spec.key ?? output)]));
}

/**
 * What one asset of a step depends on: what it says itself, then what the step says for all of them, unless it says that
 * otherwise.
 *
 * @param shared What holds for every asset of the step.
 * @throws DefinitionError when something else than an asset stands there.
 */
export function specDependencies(
  scope: MultiAssetScope,
  output: string,
  { deps = [], after = [] }: Pick<AssetSpec, "deps" | "after">,
  shared: readonly AssetDependency[],
): readonly AssetDependency[] {
  const siblings = new Map([...scope.keys].map(([name, key]) => [key, name]));
  const own = toDependencies(
    deps.map((input) => requireSibling(scope, output, input)),
    after.map((input) => toSibling(scope, input)),
  ).map((dependency) => {
    const sibling = siblings.get(dependency.key);
    return sibling === undefined ? dependency : lateDependency(dependency, scope.outputs, sibling);
  });
  const named = new Set(own.map(({ key }) => key));
  return [...shared.filter(({ key }) => !named.has(key)), ...own];
}

/** A dependency on an asset of the same step, which need not be defined yet. */
function lateDependency(
  dependency: AssetDependency,
  outputs: ReadonlyMap<string, Asset>,
  output: string,
): AssetDependency {
  return Object.defineProperty({ ...dependency }, "asset", {
    enumerable: true,
    get: () => outputs.get(output) ?? null,
  });
}

function requireSibling(scope: MultiAssetScope, output: string, input: DependencyInput | string) {
  if (typeof input !== "string") return input;
  const key = scope.keys.get(input);
  if (key !== undefined) return assetRef(key);
  throw new DefinitionError(
    "unknown_asset",
    `${describeDefinition("multi-asset", scope.name, scope)}: \`deps\` of its asset "${output}" names "${input}", ` +
      `but its assets are ${[...scope.keys.keys()].join(", ")}: give the asset itself, or assetRef("${input}")`,
  );
}

function toSibling(scope: MultiAssetScope, input: OrderInput): OrderInput {
  return typeof input === "string" ? (scope.keys.get(input) ?? input) : input;
}
