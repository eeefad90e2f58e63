import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { isSamePartitions } from "@millrace/model/partitions/same-definition";
import type { PartitionContext, UpstreamContext } from "../assets/asset-context.ts";
import type { Asset, AssetRef, Dependencies } from "../assets/asset-definition.ts";
import type { DependencyValues } from "../assets/dependency-values.ts";
import { inOrder, toDependencies } from "../assets/dependency.ts";
import type { ConfigSchema, TakesConfig } from "../config/config-schema.ts";
import { checkOption } from "../definition/check-option.ts";
import type { Computation, ComputationOptions } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { checkKind } from "../definition/check-kind.ts";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { captureSourcePosition } from "../definition/source-position.ts";
import type { StepContext } from "../computation/step-context.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { AssetCheck, CheckComputation } from "./asset-check.ts";
import type { CheckResult } from "../assets/check-result.ts";
import { checkSpec, type CheckSpecOptions } from "../assets/check-spec.ts";

/** One of the checks that a step evaluates together. */
export interface AssetCheckSpec extends CheckSpecOptions {
  /** The checked asset. */
  readonly asset: Asset | AssetRef;
  /** Default: its name among the checks. */
  readonly name?: string;
}

type SpecMap = Readonly<Record<string, AssetCheckSpec>>;
type PartitionsOf<S extends SpecMap> = S[keyof S]["asset"]["partitions"];

/** The checks that one step evaluates; `C` is the schema of its config. */
export interface MultiAssetCheck<
  S extends Readonly<Record<string, AssetCheck>> = Readonly<Record<string, AssetCheck>>,
  C = unknown,
>
  extends Definition<"multi_asset_check">, TakesConfig<C> {
  readonly name: string;
  readonly checks: S;
}

/** What the code of several checks receives first. */
export type MultiAssetCheckContext<N extends string, C, R, P> = StepContext<C, R> &
  UpstreamContext & {
    /** Names of the checks that are asked for; results of others are passed over. */
    readonly selectedChecks: ReadonlySet<N>;
  } & PartitionContext<P>;

/** How checks that one step evaluates are described and run. */
export interface MultiAssetCheckOptions<S, D, C, R> extends ComputationOptions<C, R> {
  readonly checks: S;
  /** Assets whose values the code receives, in order or by name: those that are checked, and others. Default: none. */
  readonly deps?: D;
}

/**
 * Declares several checks, of one asset or of several, that one step evaluates. `compute` runs in a run worker after the
 * checked assets, or alone, and returns a result for each check by its name here.
 *
 * @example
 * const orders = asset("orders", () => [{ user: "ada", total: 30 }]);
 * const users = asset("users", () => ["ada"]);
 * export const shopIsSound = multiAssetCheck(
 *   "shop_is_sound",
 *   { checks: { totals: { asset: orders, blocking: true }, known_users: { asset: users } }, deps: [orders, users] },
 *   (_context, rows, names) => ({
 *     totals: rows.every((row) => row.total > 0),
 *     known_users: { passed: rows.every((row) => names.includes(row.user)), metadata: { users: names.length } },
 *   }),
 * );
 *
 * @throws DefinitionError when the checked assets are not partitioned in the same way.
 */
export function multiAssetCheck<
  const S extends SpecMap,
  const D extends Dependencies = [],
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
>(
  name: string,
  options: MultiAssetCheckOptions<S, D, C, R>,
  compute: (
    context: MultiAssetCheckContext<keyof S & string, C, R, PartitionsOf<S>>,
    ...values: DependencyValues<D, PartitionsOf<S>>
  ) => CheckResults<S> | Promise<CheckResults<S>>,
): MultiAssetCheck<{ readonly [K in keyof S]: AssetCheck<C> }, C>;
export function multiAssetCheck(
  name: string,
  options: MultiAssetCheckOptions<SpecMap, Dependencies, ConfigSchema | undefined, ResourceMap>,
  compute: Computation["compute"],
): MultiAssetCheck {
  const source = captureSourcePosition(multiAssetCheck);
  const where = () => describeDefinition("multi-asset check", name, { source });
  const specs = Object.entries(options.checks);
  for (const [result, { asset }] of specs)
    checkKind(where, `checks.${result}.asset`, asset, "asset", "asset_ref");
  const dependencies = toDependencies(options.deps);
  const loaded = new Set(dependencies.map(({ key }) => key));
  const others = new Set(specs.map(([, { asset }]) => asset).filter(({ key }) => !loaded.has(key)));
  const checks = new Map<string, AssetCheck>();
  const computation: CheckComputation = Object.freeze({
    ...createComputation("multi-asset check", name, options, inOrder(options.deps, compute), source),
    stepKey: name,
    dependencies: [...dependencies, ...toDependencies([], [...others])],
    checks,
  });
  const partitions = samePartitions(where, specs);
  for (const [result, { asset, ...spec }] of specs) {
    const check = checkOption("multi-asset check", name, source, () => checkSpec(spec.name ?? result, spec));
    const definition = {
      [DEFINITION]: "asset_check" as const,
      source,
      assetKey: asset.key,
      partitions,
      computation,
    };
    checks.set(result, Object.freeze({ ...check, ...definition }));
  }
  return Object.freeze({
    [DEFINITION]: "multi_asset_check",
    source,
    name,
    checks: Object.freeze(Object.fromEntries(checks)),
  } as const);
}

type CheckResults<S> = { readonly [K in keyof S]?: CheckResult | boolean };

/** How all checked assets are partitioned: one run checks the same partition of each. */
function samePartitions(
  where: () => string,
  specs: readonly (readonly [string, AssetCheckSpec])[],
): PartitionsDefinition | undefined {
  const [first, ...others] = specs.map(([, { asset }]) => asset);
  if (first === undefined)
    throw new DefinitionError("invalid_option", `${where()}: checks must name at least one check`);
  const { partitions } = first;
  const other = others.find((asset) =>
    partitions === undefined || asset.partitions === undefined
      ? asset.partitions !== partitions
      : !isSamePartitions(asset.partitions, partitions),
  );
  if (other === undefined) return partitions;
  throw new DefinitionError(
    "incompatible_partitions",
    `${where()} checks "${first.key}" and "${other.key}", which are partitioned differently: make a check for each`,
  );
}
