import { type AssetHistoryQuestion, MAX_HISTORY } from "@millrace/model/asset-history";
import { CODE_VERSION_TAG, type AssetStateEvent } from "@millrace/model/data-versions/asset-state";
import type { Metadata } from "@millrace/model/metadata";
import { BadRequest } from "../api/bad-request.ts";
import type { Db } from "../database/connect.ts";
import { listAssetEvents } from "./asset-event-store.ts";

/**
 * The former events of an asset that code of a tick or a run asks for, newest first.
 *
 * @throws BadRequest when the question makes no sense.
 */
export async function listAssetHistory(
  db: Db,
  deploymentId: string,
  { assetKey, partition, kind, limit }: AssetHistoryQuestion,
): Promise<AssetStateEvent[]> {
  if (!(limit >= 1 && limit <= MAX_HISTORY))
    throw new BadRequest(`\`limit\` must be between 1 and ${MAX_HISTORY}, not ${limit}`);
  const page = { before: null, limit, partitionKey: partition, kind };
  const { nodes } = await listAssetEvents(db, deploymentId, assetKey, page);
  return nodes.map((event) => {
    // They were checked when they were stored.
    const tags = event.tags as Readonly<Record<string, string>>;
    return {
      sequence: Number(event.id),
      timestamp: event.timestamp.getTime(),
      runId: event.runId,
      partition: event.partitionKey,
      metadata: event.metadata as Metadata,
      tags,
      dataVersion: event.dataVersion,
      codeVersion: tags[CODE_VERSION_TAG] ?? null,
      provenance: null,
    };
  });
}
