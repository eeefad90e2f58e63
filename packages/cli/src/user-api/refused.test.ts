import { expect, test } from "vitest";
import { refused } from "./refused.ts";

test.each([
  ["say with `partitionKey` which partition was made", "say with --partition which partition was made"],
  ["give a `partitionKey` or a `partitionRange`", "give a --partition or a --partition-range"],
  ["`tags.team` must be a text", "--tag.team must be a text"],
  ["define it with `externalAsset`", "define it with `externalAsset`"],
])("fields of the API are options at the command line: %s", (said, shown) => {
  expect(refused(said).message).toBe(shown);
});
