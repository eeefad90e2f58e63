import type { AssetKey } from "@millrace/model/asset-key";
import type { AutomationCondition } from "@millrace/model/automation/condition";
import type { FreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import type { Metadata } from "@millrace/model/metadata";
import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { AssetChanges } from "./asset-attributes.ts";
import type { CheckSpec } from "./check-spec.ts";
import type { Computation } from "../computation/computation.ts";
import type { TakesConfig } from "../config/config-schema.ts";
import type { Definition } from "../definition/definition.ts";
import type { GraphBody } from "../graphs/graph-definition.ts";
import type { IoManager } from "../io/io-manager.ts";
import type { AssetSchema } from "./value-schema.ts";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";

declare const assetValue: unique symbol;
declare const keyText: unique symbol;

/** What one asset needs of another one. */
export interface AssetDependency {
  readonly key: AssetKey;
  /** The definition it was named by; null when it was named by key. */
  readonly asset: Asset | null;
  /** What code calls its value, where it is named; else null. */
  readonly name: string | null;
  /** False: it only comes first. */
  readonly loadsValue: boolean;
  /** Null: inferred from the partitions of both. */
  readonly partitionMapping: PartitionMapping | null;
  /** How the asset is partitioned, where only its key is known. */
  readonly partitions: PartitionsDefinition | undefined;
  /** Whether partitions that have no value are left out instead of failing the step. */
  readonly allowMissing: boolean;
}

/** The step that makes one or several assets. */
export interface AssetComputation extends Computation {
  readonly kind: "materialize" | "observe";
  readonly stepKey: string;
  /** In the order in which user code receives their values; those that only come first last. */
  readonly dependencies: readonly AssetDependency[];
  /** The assets it makes by the name of the output that carries each: `result` for a single asset. */
  readonly outputs: ReadonlyMap<string, Asset>;
  /** Names of outputs that may be left out. */
  readonly optionalOutputs: ReadonlySet<string>;
  /** Whether it can be asked for some of its assets only. */
  readonly canSubset: boolean;
  /** The graph whose result the step receives instead of the dependencies' values; null: it receives those. */
  readonly graph: GraphBody | null;
}

/**
 * A piece of data and, unless it is made elsewhere, how to make it.
 *
 * `T` is the type of its value and `P` how it is partitioned; both flow to the assets that depend on it. `K` is its key, as far
 * as the types know it, for those who name assets from outside, and `C` the schema of the config of its step.
 */
export interface Asset<
  T = unknown,
  P extends PartitionsDefinition | undefined = PartitionsDefinition | undefined,
  K extends string = string,
  C = unknown,
>
  extends Definition<"asset">, TakesConfig<C> {
  readonly [assetValue]?: T;
  readonly [keyText]?: K;
  readonly key: AssetKey;
  readonly description: string | null;
  readonly group: string;
  readonly kinds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** Mail addresses, or teams as `team:name`. */
  readonly owners: readonly string[];
  readonly metadata: Metadata;
  readonly codeVersion: string | null;
  /** Null: only somebody or something else has it materialized. */
  readonly automationCondition: AutomationCondition | null;
  /** Stands for nothing that is stored, such as a view. */
  readonly isVirtual: boolean;
  /** Null: nobody minds how old it is. */
  readonly freshnessPolicy: FreshnessPolicy | null;
  readonly partitions: P;
  /** How many partitions a run may have that makes several, whose code takes them all at once. Null: one at a time. */
  readonly backfillPolicy: BackfillPolicy | null;
  /** Checks that the step which makes or observes the asset evaluates itself. */
  readonly checks: readonly CheckSpec[];
  /** What its value must be; null: anything. */
  readonly schema: AssetSchema | null;
  readonly dependencies: readonly AssetDependency[];
  /** Null for external assets, which other systems make. */
  readonly computation: AssetComputation | null;
  /** Null: the default one. */
  readonly ioManager: IoManager | null;
  /** Keys under which the asset was known before; its history is found under them. */
  readonly renamedFrom: readonly AssetKey[];
  /**
   * The same asset with other attributes, to be listed in its place; assets that depend on it get its value as before.
   *
   * @example
   * export const urgent = rawOrders.with({ owners: ["team:shop"], retryPolicy: { maxRetries: 3 } });
   *
   * @throws DefinitionError for one that a multi-asset makes: its others would be made by another step. See `mapAssets`.
   */
  with(changes: AssetChanges<T>): Asset<T, P, K, C>;
}

/** The key of an asset as its definition writes it, as far as the types know it. */
export type AssetKeyOf<A> = A extends Asset<unknown, PartitionsDefinition | undefined, infer K> ? K : never;

/** What a definition writes as a key, as one text: parts are joined with `/`. */
export type KeyText<I extends string | readonly string[]> = I extends string
  ? I
  : I extends readonly [infer Only extends string]
    ? PartText<Only>
    : I extends readonly [infer First extends string, ...infer Rest extends readonly string[]]
      ? `${PartText<First>}/${KeyText<Rest>}`
      : string;

/** A slash within a part is escaped in the key: such a key is any text to the types. */
type PartText<P extends string> = P extends `${string}/${string}` ? string : P;

/** An asset of another code location, or one that is only known by its key. */
export interface AssetRef<
  T = unknown,
  P extends PartitionsDefinition | undefined = PartitionsDefinition | undefined,
> extends Definition<"asset_ref"> {
  readonly [assetValue]?: T;
  readonly key: AssetKey;
  readonly partitions: P;
}

/** A dependency with options of its own, made by `dep`. */
export interface DependencyWithOptions<
  A extends Asset | AssetRef = Asset | AssetRef,
  M extends PartitionMapping | undefined = PartitionMapping | undefined,
> extends Definition<"asset_dependency"> {
  readonly asset: A;
  readonly partitionMapping: M;
  readonly allowMissing: boolean;
}

/** One of the assets in `deps`. */
export type DependencyInput = Asset | AssetRef | DependencyWithOptions;

/** What may stand in `deps`: assets in the order in which code receives their values, or by the names under which it does. */
export type Dependencies = readonly DependencyInput[] | Readonly<Record<string, DependencyInput>>;
