import type { BackfillPolicy } from "@millrace/model/partitions/backfill-policy";
import type { CheckResult } from "./check-result.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { PartitionValues } from "./dependency-values.ts";

/** Marks results, whichever copy of this package made them. */
export const ASSET_RESULT: unique symbol = Symbol.for("millrace.asset-result");

/** What the code of an asset returns when there is more to say than the value. */
export interface MaterializeResult<T> {
  readonly [ASSET_RESULT]: "materialize";
  readonly value: T;
  readonly metadata: MetadataRecord;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
  /** Results of checks that the asset declares with its option `checks`, by name. */
  readonly checks: Readonly<Record<string, CheckResult | boolean>>;
}

/** What the code of an observable asset returns. */
export interface ObserveResult {
  readonly [ASSET_RESULT]: "observe";
  readonly metadata: MetadataRecord;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
  readonly checks: Readonly<Record<string, CheckResult | boolean>>;
}

/** What may be said about a materialization. */
export interface MaterializationDetails {
  readonly metadata?: MetadataRecord;
  readonly tags?: Readonly<Record<string, string>>;
  /** A version of the data itself, such as a hash: the same version means that nothing changed. */
  readonly dataVersion?: string;
  readonly checks?: Readonly<Record<string, CheckResult | boolean>>;
}

/**
 * The result of an asset with its value, metadata, data version and the results of its own checks.
 *
 * @example
 * const orders = asset("orders", async () => {
 *   const rows = await loadOrders();
 *   return materializeResult({ value: rows, metadata: { rows: rows.length } });
 * });
 */
export function materializeResult<T>(
  result: MaterializationDetails & { readonly value: T },
): MaterializeResult<T>;
export function materializeResult(result?: MaterializationDetails): MaterializeResult<void>;
export function materializeResult(
  result: MaterializationDetails & { readonly value?: unknown } = {},
): MaterializeResult<unknown> {
  return { [ASSET_RESULT]: "materialize", value: result.value, ...detailsOf(result) };
}

/** The result of looking at an asset that is made elsewhere. */
export function observeResult(result: MaterializationDetails): ObserveResult {
  return { [ASSET_RESULT]: "observe", ...detailsOf(result) };
}

/** Whether user code returned a result rather than a bare value. */
export function isAssetResult(value: unknown): value is MaterializeResult<unknown> | ObserveResult {
  return typeof value === "object" && value !== null && ASSET_RESULT in value;
}

/** The value inside what the code of an asset returns. */
export type ResultValue<R> =
  Awaited<R> extends infer V ? (V extends MaterializeResult<infer T> ? T : V) : never;

/**
 * What the code of an asset may return whose value is a `T`; with a backfill policy (`B`) values or results by partition key, or
 * nothing.
 */
export type AssetResult<B, T = unknown> = B extends BackfillPolicy
  ? SeveralResults<T> | Promise<SeveralResults<T>>
  : unknown extends T
    ? unknown
    : T | MaterializeResult<T> | Promise<T | MaterializeResult<T>>;

type SeveralResults<T> =
  | void
  | PartitionValues<T | MaterializeResult<T>>
  | MaterializeResult<void>
  | MaterializeResult<PartitionValues<T | MaterializeResult<T>>>;

/** The value of one partition of an asset, from what its code returns. */
export type AssetResultValue<R, B> = B extends BackfillPolicy ? OneOfSeveral<ResultValue<R>> : ResultValue<R>;

type OneOfSeveral<V> = [V] extends [void]
  ? void
  : V extends PartitionValues<infer T>
    ? ResultValue<T>
    : never;

function detailsOf(details: MaterializationDetails): Omit<ObserveResult, typeof ASSET_RESULT> {
  return {
    metadata: details.metadata ?? {},
    tags: details.tags ?? {},
    dataVersion: details.dataVersion ?? null,
    checks: details.checks ?? {},
  };
}
