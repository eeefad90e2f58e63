import { assetKey, type AssetKey } from "@millrace/model/asset-key";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { ReportedCheck, ReportedEvent, ReportedVersion } from "@millrace/model/reported-event";
import type { MetadataRecord } from "../metadata/metadata.ts";
import { toMetadata } from "../metadata/to-metadata.ts";
import { TICK } from "./tick-brand.ts";
import type { Asset, AssetRef } from "../assets/asset-definition.ts";

/** What code says of an asset that it does not make itself: a tick returns it, a step hands it to `context.report`. */
export interface RequestedReport {
  readonly [TICK]: "report";
  readonly event: ReportedEvent;
}

type Reportable<P extends PartitionsDefinition | undefined> =
  | Asset<unknown, P>
  | AssetRef<unknown, P>
  | string;

/** Which partition an event is about: one of a partitioned asset, none of another. */
type PartitionOption<P> = [P] extends [undefined]
  ? { readonly partitionKey?: never }
  : { readonly partitionKey?: string };

/** What may be said of an event of an asset. */
export interface AssetEventOptions {
  readonly metadata?: MetadataRecord;
  /** One sentence for people. */
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Equal versions, equal data. Default: a materialization is new data; an observation changes no version. */
  readonly dataVersion?: string;
}

/** What may be said of an evaluation of a check. */
export interface AssetCheckOptions {
  readonly passed: boolean;
  /** Default: `ERROR`. */
  readonly severity?: "WARN" | "ERROR";
  readonly metadata?: MetadataRecord;
  /** One sentence for people. */
  readonly description?: string;
}

/**
 * Says that an asset was made elsewhere. The code of a schedule or sensor returns it; a step gives it to `context.report`.
 *
 * @example
 * const orders = externalAsset("erp/orders");
 * const load = asset("load", { after: [orders] }, () => 1);
 * export const watchErp = sensor("watch_erp", { target: [load] }, async (context) => {
 *   const [file] = await listFilesAfter(context.cursor);
 *   if (file === undefined) return skip("nothing new");
 *   context.setCursor(file);
 *   return [assetMaterialization(orders, { dataVersion: file, metadata: { file } }), runRequest()];
 * });
 */
export function assetMaterialization<P extends PartitionsDefinition | undefined>(
  asset: Reportable<P>,
  options: AssetEventOptions & PartitionOption<P> = {},
): RequestedReport {
  return version("materialization", asset, options);
}

/** Says what was seen of an asset that is made elsewhere. Otherwise as `assetMaterialization`. */
export function assetObservation<P extends PartitionsDefinition | undefined>(
  asset: Reportable<P>,
  options: AssetEventOptions & PartitionOption<P> = {},
): RequestedReport {
  return version("observation", asset, options);
}

/**
 * Says what a check of an asset found. Otherwise as `assetMaterialization`.
 *
 * @param checkName the name of a check that the asset has.
 */
export function assetCheckEvaluation<P extends PartitionsDefinition | undefined>(
  asset: Reportable<P>,
  checkName: string,
  options: AssetCheckOptions & PartitionOption<P>,
): RequestedReport {
  const { passed, severity = "ERROR" } = options;
  const event: ReportedCheck = { ...commonOf(asset, options), kind: "check", checkName, passed, severity };
  return Object.freeze({ [TICK]: "report", event } as const);
}

function version(
  kind: ReportedVersion["kind"],
  asset: string | { readonly key: AssetKey },
  options: AssetEventOptions & { readonly partitionKey?: string },
): RequestedReport {
  const { tags = {}, dataVersion = null } = options;
  const event: ReportedVersion = { ...commonOf(asset, options), kind, tags, dataVersion };
  return Object.freeze({ [TICK]: "report", event } as const);
}

function commonOf(
  asset: string | { readonly key: AssetKey },
  options: Pick<AssetEventOptions, "metadata" | "description"> & { readonly partitionKey?: string },
): Pick<ReportedEvent, "assetKey" | "partitionKey" | "metadata" | "description"> {
  return {
    assetKey: typeof asset === "string" ? assetKey(asset) : asset.key,
    partitionKey: options.partitionKey ?? null,
    metadata: toMetadata(options.metadata),
    description: options.description ?? null,
  };
}
