import type { AssetStateEvent } from "@millrace/model/data-versions/asset-state";
import type { Metadata } from "@millrace/model/metadata";

/** What is known of the newest materialization of an asset, or of the newest observation of one that is made elsewhere. */
export interface UpstreamMaterialization {
  readonly timestamp: Date;
  /** Null for what was reported from outside of any run. */
  readonly runId: string | null;
  readonly partitionKey: string | null;
  readonly metadata: Metadata;
  readonly tags: Readonly<Record<string, string>>;
  readonly dataVersion: string | null;
  /** Null: its code had no version. */
  readonly codeVersion: string | null;
}
/** What is known of a materialization or observation, as code receives it. */
export function toMaterialization(event: AssetStateEvent): UpstreamMaterialization {
  const { timestamp, runId, partition, metadata, tags, dataVersion, codeVersion } = event;
  return {
    timestamp: new Date(timestamp),
    runId,
    partitionKey: partition,
    metadata,
    tags,
    dataVersion,
    codeVersion,
  };
}
