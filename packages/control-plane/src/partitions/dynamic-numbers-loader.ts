import type { NumberedKeys } from "@millrace/model/partitions/partition-places";
import DataLoader from "dataloader";
import { defineLoader, inOrder } from "../graphql/request-loader.ts";
import { findDynamicNumbers } from "./dynamic-number-store.ts";

/** The present keys of dynamic partitions by their name, with the numbers they were given. */
export const dynamicNumbersLoader = defineLoader(
  ({ db, deploymentId }) =>
    new DataLoader<string, NumberedKeys>(async (names) => {
      const numbers = await findDynamicNumbers(db, deploymentId, names);
      return inOrder(names, new Map(Object.entries(numbers)), { keys: [], numbers: [] });
    }),
);
