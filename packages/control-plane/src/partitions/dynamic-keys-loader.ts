import DataLoader from "dataloader";
import { defineLoader, inOrder } from "../graphql/request-loader.ts";
import { findDynamicKeys } from "./dynamic-partition-store.ts";

/** The present keys of dynamic partitions by their name, oldest first. */
export const dynamicKeysLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, readonly string[]>(async (names) => {
      const keys = await findDynamicKeys(db, deploymentId, names);
      return inOrder(names, new Map(Object.entries(keys)), []);
    }),
);
