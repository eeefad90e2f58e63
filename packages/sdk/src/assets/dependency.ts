import { assetKey } from "@millrace/model/asset-key";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { checkKind } from "../definition/check-kind.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { DEFINITION, definitionKind } from "../definition/definition.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";
import type {
  Asset,
  AssetDependency,
  AssetRef,
  Dependencies,
  DependencyInput,
  DependencyWithOptions,
} from "./asset-definition.ts";

/**
 * An asset known by its key: one of another code location, or one whose definition would be a circular import. Its type
 * is what you say it is.
 *
 * @example
 * const orders = assetRef<Order[]>("shop/orders");
 */
export function assetRef<T = unknown>(key: string | readonly string[]): AssetRef<T, undefined>;
export function assetRef<T, const P extends PartitionsDefinition>(
  key: string | readonly string[],
  options: { readonly partitions: P },
): AssetRef<T, P>;
export function assetRef(
  key: string | readonly string[],
  options: { readonly partitions?: PartitionsDefinition } = {},
): AssetRef {
  return Object.freeze({
    [DEFINITION]: "asset_ref",
    source: captureSourcePosition(assetRef),
    key: assetKey(key),
    partitions: options.partitions,
  } as const);
}

/** What may stand in `after`: what only comes first needs no type of its value. A text is the key of an asset. */
export type OrderInput = DependencyInput | string;

/** How one asset depends on another. */
export interface DependencyOptions {
  /** Whether partitions that have no value are left out instead of failing the step. Default: false. */
  readonly allowMissing?: boolean;
}

/**
 * A dependency with options.
 *
 * @param options.partitions How its partitions follow from those of the asset that depends on it. Default: inferred.
 */
export function dep<A extends Asset | AssetRef, const M extends PartitionMapping>(
  asset: A,
  options: DependencyOptions & { readonly partitions: M },
): DependencyWithOptions<A, M>;
export function dep<A extends Asset | AssetRef>(
  asset: A,
  options: DependencyOptions,
): DependencyWithOptions<A, undefined>;
export function dep(
  asset: Asset | AssetRef,
  options: DependencyOptions & { readonly partitions?: PartitionMapping },
): DependencyWithOptions {
  return Object.freeze({
    [DEFINITION]: "asset_dependency",
    source: captureSourcePosition(dep),
    asset,
    partitionMapping: options.partitions,
    allowMissing: options.allowMissing ?? false,
  } as const);
}

/**
 * Reads the options `deps` and `after` of a definition.
 *
 * @throws DefinitionError when something else than an asset stands there.
 */
export function toDependencies(
  deps: Dependencies = [],
  after: readonly OrderInput[] = [],
): readonly AssetDependency[] {
  const kind = definitionKind(deps);
  if (kind !== null)
    throw new DefinitionError(
      "not_a_definition",
      `deps must be a list of assets, or an object that names them, but is of kind ${kind.replaceAll("_", " ")}: write [it]`,
    );
  return [
    ...(isNamed(deps) ? Object.entries(deps) : deps.map((input) => [null, input] as const)).map(
      ([name, input], index): AssetDependency => {
        const option = name === null ? `deps[${index}]` : `deps.${name}`;
        checkKind(null, option, input, "asset", "asset_ref", "asset_dependency");
        return toDependency(input, true, name);
      },
    ),
    ...after.map((input, index) => {
      if (typeof input !== "string")
        checkKind(null, `after[${index}]`, input, "asset", "asset_ref", "asset_dependency");
      return toDependency(input, false, null);
    }),
  ];
}

/**
 * The code that receives the values of `deps` in order, after whatever else it receives: as it is, or made of code that receives
 * them by name in one object.
 */
export function inOrder<F extends (...values: never[]) => unknown>(deps: Dependencies = [], code: F): F {
  if (!isNamed(deps)) return code;
  const names = Object.keys(deps);
  const ordered = (...values: never[]): unknown => {
    const first = values.length - names.length;
    const named = Object.fromEntries(names.map((name, index) => [name, values[first + index]]));
    return code(...values.slice(0, first), named as never);
  };
  return ordered as F;
}

function isNamed(deps: Dependencies): deps is Readonly<Record<string, DependencyInput>> {
  return !Array.isArray(deps);
}

function toDependency(
  input: DependencyInput | string,
  loadsValue: boolean,
  name: string | null,
): AssetDependency {
  if (typeof input !== "string" && input[DEFINITION] === "asset_dependency") {
    const { asset, partitionMapping, allowMissing } = input;
    return {
      ...toDependency(asset, loadsValue, name),
      partitionMapping: partitionMapping ?? null,
      allowMissing,
    };
  }
  const rest = { name, loadsValue, partitionMapping: null, allowMissing: false };
  if (typeof input === "string") return { key: assetKey(input), asset: null, partitions: undefined, ...rest };
  const { key, partitions } = input;
  return { key, asset: input[DEFINITION] === "asset" ? input : null, partitions, ...rest };
}
