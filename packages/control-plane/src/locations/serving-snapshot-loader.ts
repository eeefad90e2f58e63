import DataLoader from "dataloader";
import { defineLoader, inOrder } from "../graphql/request-loader.ts";
import { listServingSnapshots, type ServingSnapshot } from "./serving-snapshot.ts";

/** What a location serves, by its name; null while it has never loaded. */
export const servingSnapshotLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, ServingSnapshot | null>(async (names) => {
      const snapshots = await listServingSnapshots(db, deploymentId);
      return inOrder(names, new Map(snapshots.map((snapshot) => [snapshot.locationName, snapshot])), null);
    }),
);
