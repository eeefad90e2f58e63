import { execute } from "../graphql/client.ts";
import { useLivePages } from "../graphql/live-pages.ts";
import { AssetPartitionsDocument, type AssetPartitionsQuery } from "./assets.gen.ts";

type PartitionPage = NonNullable<NonNullable<AssetPartitionsQuery["asset"]>["partitions"]>["keys"];
export type AssetPartition = PartitionPage["nodes"][number];

/** Which partitions to show; what is left out does not matter. */
export interface PartitionFilter {
  readonly state?: AssetPartition["state"];
  /** Part of the key. */
  readonly search?: string;
}

/** Partitions of one page of the list. */
export const PARTITION_PAGE = 400;

/** The partitions of an asset, newest first, page by page. */
export function usePartitions(key: string, filter: PartitionFilter) {
  return useLivePages<AssetPartition, string | null>({
    queryKey: ["partitions", key, filter],
    topic: "assets",
    first: null,
    ask: async (after, signal) => {
      const page = { key, ...filter, after, limit: PARTITION_PAGE };
      const { asset } = await execute(AssetPartitionsDocument, page, signal);
      const keys = asset?.partitions?.keys;
      return { rows: keys?.nodes ?? [], next: keys?.cursor ?? null };
    },
  });
}
