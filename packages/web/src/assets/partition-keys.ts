import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { documentQuery } from "../graphql/live-query.ts";
import { AssetPartitionsDocument, type AssetPartitionsQuery } from "./assets.gen.ts";

export type AssetPartition = NonNullable<
  NonNullable<AssetPartitionsQuery["asset"]>["partitions"]
>["keys"][number];

const PAGE_SIZE = 500;
/** More keys than this are not listed one by one. */
const MAX_KEYS = 20_000;

/** All partitions of an asset with their states, oldest first. `key: null` asks nothing. */
export function usePartitions(key: string | null) {
  const client = useQueryClient();
  return useQuery({
    queryKey: ["partitions", key],
    queryFn: () => readPartitions(client, key ?? ""),
    enabled: key !== null,
    meta: { topics: ["assets"] },
  });
}

async function readPartitions(client: QueryClient, key: string): Promise<AssetPartition[]> {
  const partitions: AssetPartition[] = [];
  for (
    let after: string | null = null;
    partitions.length < MAX_KEYS;
    after = partitions.at(-1)?.key ?? null
  ) {
    const { asset } = await client.fetchQuery({
      ...documentQuery(AssetPartitionsDocument, { key, after, limit: PAGE_SIZE }),
      staleTime: 0,
    });
    const page: AssetPartition[] = asset?.partitions?.keys ?? [];
    partitions.push(...page);
    if (page.length < PAGE_SIZE) break;
  }
  return partitions;
}
