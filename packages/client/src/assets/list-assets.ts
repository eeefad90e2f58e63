import { AssetsDocument } from "../connection/documents.gen.ts";
import type { UserApi } from "../connection/user-api.ts";
import type { AssetState } from "./asset-state.ts";

/** Which assets to list; what is left out does not matter. */
export interface AssetFilter {
  /** A part of the key, the group, a kind or an owner. */
  readonly search?: string;
  readonly group?: string;
  /** Only those whose key comes behind this one: the last one of the page before. */
  readonly after?: string;
  /** How many at most. Default: 100. */
  readonly limit?: number;
}

/** An asset in a list; `client.asset(key)` tells more. */
export interface ListedAsset<K extends string = string> extends Pick<
  AssetState<K>,
  "key" | "locationName" | "group" | "description" | "state" | "partitions"
> {
  /** Null: it was never made. */
  readonly lastMaterializedAt: Date | null;
}

/** Assets by key. @throws ClientError */
export async function listAssets(api: UserApi, filter: AssetFilter): Promise<readonly ListedAsset[]> {
  const { search, group, after, limit = 100 } = filter;
  const { assets } = await api.send(AssetsDocument, {
    search: search ?? null,
    group: group ?? null,
    after: after ?? null,
    limit,
  });
  return assets.nodes.map(({ latestMaterialization, ...asset }) => ({
    ...asset,
    lastMaterializedAt: latestMaterialization && new Date(latestMaterialization.timestamp),
  }));
}
