import { assetStepName, type AssetKey } from "@millrace/model/asset-key";
import type { AutomationCondition } from "@millrace/model/automation/condition";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { AssetContext } from "../assets/asset-context.ts";
import type { Asset, AssetDependency, AssetRef, Dependencies } from "../assets/asset-definition.ts";
import type { DependencyValues } from "../assets/dependency-values.ts";
import { inOrder, toDependencies } from "../assets/dependency.ts";
import type { ConfigSchema, TakesConfig } from "../config/config-schema.ts";
import type { Computation, ComputationOptions } from "../computation/computation.ts";
import { createComputation } from "../computation/create-computation.ts";
import { checkOption } from "../definition/check-option.ts";
import { checkKind } from "../definition/check-kind.ts";
import { describeDefinition } from "../definition/definition-error.ts";
import { DEFINITION, type Definition } from "../definition/definition.ts";
import { captureSourcePosition, type SourcePosition } from "../definition/source-position.ts";
import { RESULT } from "../graphs/composition.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { ResourceMap } from "../resources/resource.ts";
import type { CheckResult, CheckSeverity } from "../assets/check-result.ts";
import { checkSpec, type CheckSpec, type CheckSpecOptions } from "../assets/check-spec.ts";

/** The step that evaluates a check, or several. */
export interface CheckComputation extends Computation {
  readonly stepKey: string;
  /** The checked asset first. */
  readonly dependencies: readonly AssetDependency[];
  /** The checks by the name under which the code returns each result: `result` for a check that is alone. */
  readonly checks: ReadonlyMap<string, AssetCheck>;
}

/** A check of an asset that runs as a step of its own; `C` is the schema of its config. */
export interface AssetCheck<C = unknown> extends Definition<"asset_check">, CheckSpec, TakesConfig<C> {
  readonly assetKey: AssetKey;
  /** How the checked asset is partitioned; the check runs for the same partition. */
  readonly partitions: PartitionsDefinition | undefined;
  readonly computation: CheckComputation;
}

/** How a check is described and run. */
export interface AssetCheckOptions<A, D, C, R, L, N = "each">
  extends ComputationOptions<C, R>, Omit<CheckSpecOptions, "description"> {
  /** The checked asset. */
  readonly asset: A;
  /** Other assets whose values the code receives after the checked one's: one after the other, or in one object. */
  readonly deps?: D;
  /** False: the code does not receive the asset's value, which is not loaded then. Default: true. */
  readonly loadsValue?: L;
  /**
   * `none`: the check is of the asset as a whole, with all its partitions, and runs without one. Default: `each`, for the partition
   * that was made.
   */
  readonly partitions?: N;
}

/** How what the code of a check works on is partitioned. */
type CheckedPartitions<A extends Asset | AssetRef, N> = N extends "none" ? undefined : A["partitions"];

/**
 * Declares a check of an asset. `compute` runs in a run worker after the asset, or alone, and receives the asset's value.
 *
 * @example
 * export const noNegativeTotals = assetCheck("no_negative_totals", { asset: cleanOrders, blocking: true },
 *   async (_context, orders) => ({ passed: orders.every((order) => order.total >= 0) }));
 */
export function assetCheck<
  A extends Asset | AssetRef,
  const D extends Dependencies = [],
  C extends ConfigSchema | undefined = undefined,
  R extends ResourceMap = {},
  L extends boolean = true,
  N extends "each" | "none" = "each",
>(
  name: string,
  options: AssetCheckOptions<A, D, C, R, L, N>,
  compute: (
    context: AssetContext<C, R, CheckedPartitions<A, N>>,
    ...values: [
      ...(L extends false ? [] : DependencyValues<[A], CheckedPartitions<A, N>>),
      ...DependencyValues<D, CheckedPartitions<A, N>>,
    ]
  ) => CheckResult | boolean | Promise<CheckResult | boolean>,
): AssetCheck<C>;
export function assetCheck(
  name: string,
  options: LooseCheckOptions,
  compute: Computation["compute"],
): AssetCheck {
  return createAssetCheck(name, options, compute, captureSourcePosition(assetCheck));
}

/** Makes the frozen definition of a check with a step of its own. @throws DefinitionError when an option is not allowed. */
export function createAssetCheck(
  name: string,
  options: LooseCheckOptions,
  compute: Computation["compute"],
  source: SourcePosition | null,
): AssetCheck {
  const { asset, loadsValue = true } = options;
  checkKind(() => describeDefinition("asset check", name, { source }), "asset", asset, "asset", "asset_ref");
  const own = toDependencies(loadsValue ? [asset] : [], loadsValue ? [] : [asset]);
  const checks = new Map<string, AssetCheck>();
  const definition: AssetCheck = Object.freeze({
    ...checkOption("asset check", `${asset.key}:${name}`, source, () => checkSpec(name, options)),
    [DEFINITION]: "asset_check" as const,
    source,
    assetKey: asset.key,
    partitions: options.partitions === "none" ? undefined : asset.partitions,
    computation: Object.freeze({
      ...createComputation(
        "asset check",
        `${asset.key}:${name}`,
        options,
        inOrder(options.deps, compute),
        source,
      ),
      stepKey: checkStepKey(asset.key, name),
      dependencies: [...own, ...toDependencies(options.deps)],
      checks,
    }),
  });
  checks.set(RESULT, definition);
  return definition;
}

/** How checks are named in selections and on the wire: `shop/orders:no_nulls`. */
export function checkName(check: { readonly assetKey: AssetKey; readonly name: string }): string {
  return `${check.assetKey}:${check.name}`;
}

/** The key of the step that evaluates a check. */
function checkStepKey(key: AssetKey, name: string): string {
  return `${assetStepName(key)}_${name.replaceAll(/\W/g, "_")}`;
}

interface LooseCheckOptions extends ComputationOptions<ConfigSchema | undefined, ResourceMap> {
  readonly asset: Asset | AssetRef;
  readonly deps?: Dependencies;
  readonly loadsValue?: boolean;
  readonly partitions?: "each" | "none";
  readonly description?: string;
  readonly blocking?: boolean;
  readonly severity?: CheckSeverity;
  readonly metadata?: MetadataRecord;
  readonly automationCondition?: AutomationCondition;
}
