import type { Metadata } from "@millrace/model/metadata";
import { AssetDocument, type AssetEventFieldsFragment } from "../connection/documents.gen.ts";
import type { UserApi } from "../connection/user-api.ts";
import { UnknownDefinition } from "../errors/client-error.ts";

/** Something that has happened to an asset: it was made, or looked at. */
export interface AssetEvent {
  readonly timestamp: Date;
  /** Null: no run has, see `reportedBy`. */
  readonly runId: string | null;
  /** Null: the asset as a whole. */
  readonly partitionKey: string | null;
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
  /** Who said it, where no run has made it. */
  readonly reportedBy: string | null;
  readonly description: string | null;
}

/** What a check of an asset has found. */
export interface CheckEvaluation {
  readonly timestamp: Date;
  readonly runId: string | null;
  readonly passed: boolean;
  readonly severity: "WARN" | "ERROR";
  readonly partitionKey: string | null;
  readonly metadata: Metadata;
  readonly reportedBy: string | null;
}

/** A check of an asset. */
export interface AssetCheckState {
  readonly name: string;
  readonly description: string | null;
  /** Whether nothing is made from the asset when it does not pass. */
  readonly blocking: boolean;
  /** Null: it was never evaluated. */
  readonly latestEvaluation: CheckEvaluation | null;
}

/** An asset as it is when it is asked for. */
export interface AssetState<K extends string = string> {
  readonly key: K;
  readonly locationName: string;
  readonly group: string;
  readonly description: string | null;
  readonly state: "missing" | "materialized" | "failed" | "in_progress";
  /** Null: no code location defines it any more, or it is being found out which of its partitions are stale. */
  readonly staleStatus: "FRESH" | "STALE" | "MISSING" | null;
  /**
   * How many partitions there are, how many of them are materialized and failed, and how many have data that is not up to date (null
   * while that is being found out); null: it has none.
   */
  readonly partitions: {
    readonly count: number;
    readonly materialized: number;
    readonly failed: number;
    readonly stale: number | null;
  } | null;
  readonly latestMaterialization: AssetEvent | null;
  readonly latestObservation: AssetEvent | null;
  readonly checks: readonly AssetCheckState[];
}

/** What is known of an asset. @throws UnknownDefinition when there is none, ClientError */
export async function findAsset<K extends string>(api: UserApi, key: K): Promise<AssetState<K>> {
  const { asset } = await api.send(AssetDocument, { key });
  if (asset === null) throw new UnknownDefinition(`There is no asset "${key}" at ${api.url}`);
  return {
    ...asset,
    key,
    latestMaterialization: asset.latestMaterialization && toEvent(asset.latestMaterialization),
    latestObservation: asset.latestObservation && toEvent(asset.latestObservation),
    checks: asset.checks.map(({ latestEvaluation, ...check }) => ({
      ...check,
      latestEvaluation: latestEvaluation && {
        ...latestEvaluation,
        timestamp: new Date(latestEvaluation.timestamp),
        severity: latestEvaluation.severity === "WARN" ? "WARN" : "ERROR",
        metadata: latestEvaluation.metadata as Metadata,
      },
    })),
  };
}

function toEvent(event: AssetEventFieldsFragment): AssetEvent {
  return {
    ...event,
    timestamp: new Date(event.timestamp),
    metadata: event.metadata as Metadata,
    tags: event.tags as AssetEvent["tags"],
  };
}
