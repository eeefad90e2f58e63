import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { useChangeFeedIsLive, useRefreshOn } from "../graphql/live-query.ts";
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
  const live = useChangeFeedIsLive();
  useRefreshOn(["assets"]);
  const query = useInfiniteQuery({
    queryKey: ["partitions", key, filter],
    queryFn: ({ pageParam, signal }) =>
      execute(AssetPartitionsDocument, { key, ...filter, after: pageParam, limit: PARTITION_PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.asset?.partitions?.keys.cursor ?? null,
    placeholderData: keepPreviousData,
    refetchInterval: live ? 30_000 : 2_000,
    meta: { topics: ["assets"] },
  });
  return {
    ...query,
    rows: query.data?.pages.flatMap((page) => page.asset?.partitions?.keys.nodes ?? []) ?? [],
  };
}
