import { deflateSync } from "node:zlib";
import type { AssetKey } from "@millrace/model/asset-key";
import type { VersionProvenance } from "@millrace/model/data-version";
import type { PartitionWindow } from "../partitions/partition-window.ts";
import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import type { StepContext } from "../computation/step-context.ts";
import { InvalidPipesExtras } from "./pipes-errors.ts";

/** What Pipes needs of the context of a step: that of an asset, a multi-asset, an op or a check. */
export interface PipesStepContext<N extends string = never> extends Pick<
  StepContext,
  "runId" | "jobName" | "stepKey" | "attempt" | "assets" | "log" | "signal" | "report"
> {
  /** The asset that the step makes or checks, where it is one. */
  readonly assetKey?: AssetKey;
  /** Names of the assets that a multi-asset is asked for. */
  readonly selectedAssets?: ReadonlySet<N>;
  /** Names of the checks that a step evaluates which evaluates several: what it says of them it returns. */
  readonly selectedChecks?: ReadonlySet<string>;
  readonly partitionKey?: string;
  /** All partitions and their ends, for code with a backfill policy. */
  readonly partitionKeys?: readonly string[];
  readonly partitionRange?: PartitionKeyRange;
  readonly partitionWindow?: PartitionWindow;
  /** Where the step makes assets: what they were last made from. */
  findProvenance?(): Promise<Readonly<Record<string, VersionProvenance | null>>>;
}

/** What an asset was last made from. */
export interface PipesProvenance {
  readonly code_version: string;
  readonly input_data_versions: Readonly<Record<string, string>>;
  readonly is_user_provided: boolean;
}

/** The document that a script on Pipes starts with, protocol version 0.1. Every key is always there. */
export interface PipesContextDocument {
  readonly asset_keys: readonly string[] | null;
  readonly code_version_by_asset_key: Readonly<Record<string, string | null>> | null;
  readonly provenance_by_asset_key: Readonly<Record<string, PipesProvenance | null>> | null;
  readonly partition_key: string | null;
  readonly partition_key_range: { readonly start: string; readonly end: string } | null;
  readonly partition_time_window: { readonly start: string; readonly end: string } | null;
  readonly run_id: string;
  readonly job_name: string | null;
  /** 0 for the first attempt. */
  readonly retry_number: number;
  readonly extras: Readonly<Record<string, unknown>>;
}

/**
 * What the step says to its script.
 *
 * @throws InvalidPipesExtras when the extras are not JSON.
 */
export async function createPipesContext(
  context: PipesStepContext<string>,
  extras: Readonly<Record<string, unknown>>,
): Promise<PipesContextDocument> {
  const parsedExtras = parseExtras(extras);
  const { partitionKeys = [], partitionWindow } = context;
  // Not there, it must not be asked for.
  const ownKey = Object.hasOwn(context, "partitionKey") ? context.partitionKey : undefined;
  const partitionKey = ownKey ?? (partitionKeys.length === 1 ? partitionKeys[0] : undefined);
  const range =
    context.partitionRange ??
    (partitionKey === undefined ? null : { start: partitionKey, end: partitionKey });
  const versions = new Map<string, string | null>(
    context.assets.map((asset) => [asset.key, asset.codeVersion]),
  );
  if (versions.size === 0 && context.assetKey !== undefined) versions.set(context.assetKey, null);
  const targetsAssets = versions.size > 0;
  const provenances = (targetsAssets && (await context.findProvenance?.())) || {};
  return {
    asset_keys: targetsAssets ? [...versions.keys()] : null,
    code_version_by_asset_key: targetsAssets ? Object.fromEntries(versions) : null,
    provenance_by_asset_key: targetsAssets
      ? Object.fromEntries([...versions.keys()].map((key) => [key, toPipesProvenance(provenances[key])]))
      : null,
    partition_key: partitionKey ?? null,
    partition_key_range: range,
    partition_time_window: partitionWindow
      ? { start: toIsoText(partitionWindow.start), end: toIsoText(partitionWindow.end) }
      : null,
    run_id: context.runId,
    job_name: context.jobName,
    retry_number: context.attempt - 1,
    extras: parsedExtras,
  };
}

function toPipesProvenance(provenance: VersionProvenance | null | undefined): PipesProvenance | null {
  return provenance
    ? {
        code_version: provenance.codeVersion,
        input_data_versions: provenance.inputDataVersions,
        is_user_provided: provenance.isUserProvided,
      }
    : null;
}

/** A value as Pipes hands it over in an environment variable: JSON, compressed, in base64. */
export function encodePipesParams(params: object): string {
  return deflateSync(JSON.stringify(params)).toString("base64");
}

/** With an offset instead of `Z`, which Python before 3.11 does not read. */
function toIsoText(time: Date): string {
  return time.toISOString().replace("Z", "+00:00");
}

function parseExtras(extras: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(extras)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new InvalidPipesExtras(error);
  }
}
