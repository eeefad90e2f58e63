import DataLoader from "dataloader";
import { defineLoader, inOrder } from "../graphql/request-loader.ts";
import { listTargetCounts, type TargetCounts } from "./backfill-store.ts";

/** What backfills make, and how many partitions of it stand how, by the id of the backfill. */
export const targetCountsLoader = defineLoader(
  ({ db }) =>
    new DataLoader<string, readonly TargetCounts[]>(async (ids) =>
      inOrder<readonly TargetCounts[], readonly TargetCounts[]>(ids, await listTargetCounts(db, ids), []),
    ),
);
