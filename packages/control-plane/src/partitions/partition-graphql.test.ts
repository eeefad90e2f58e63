import { expect, test } from "vitest";
import { serveLocation } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";

const { ask, askFor, db } = await startUserApi();
await serveLocation(db, "files", {
  assets: [
    {
      key: "rows",
      group: "g",
      executable: true,
      stepKey: "rows",
      partitions: { json: JSON.stringify({ type: "dynamic", name: "files" }) },
      backfillPolicy: JSON.stringify({ type: "single_run" }),
    },
  ],
  jobs: [
    { name: "__ASSET_JOB", implicit: true, assetKeys: ["rows"], steps: [{ key: "rows", kind: "asset" }] },
  ],
});

const ADD = `mutation ($name: String!, $keys: [String!]!) {
  change: addDynamicPartitions(name: $name, keys: $keys) {
    ... on DynamicPartitionsChanged { count } ... on InvalidInput { message }
  }
}`;
const DELETE = ADD.replace("addDynamic", "deleteDynamic");

test("dynamic partitions are added, listed with their assets and removed", async () => {
  expect(await askFor(ADD, { name: "files", keys: ["b.csv", "a.csv", "c.csv"] })).toEqual({
    change: { count: 3 },
  });
  expect(await askFor(DELETE, { name: "files", keys: ["a.csv", "never.csv"] })).toEqual({
    change: { count: 1 },
  });

  const query = `query ($after: String) {
    dynamicPartitionNames
    dynamicPartitions(name: "files", after: $after, limit: 1) { nodes { key createdAt } cursor }
    asset(key: "rows") { maxPartitionsPerRun partitions { count keys { nodes { key state } } } }
  }`;
  const first = await askFor(query);
  expect(first).toMatchObject({
    dynamicPartitionNames: ["files"],
    dynamicPartitions: { nodes: [{ key: "b.csv" }], cursor: expect.any(String) },
    asset: {
      maxPartitionsPerRun: null,
      partitions: {
        count: 2,
        keys: {
          nodes: [
            { key: "c.csv", state: "missing" },
            { key: "b.csv", state: "missing" },
          ],
        },
      },
    },
  });
  const { cursor } = first["dynamicPartitions"] as { readonly cursor: string };
  expect(await askFor(query, { after: cursor })).toMatchObject({
    dynamicPartitions: { nodes: [{ key: "c.csv" }], cursor: null },
  });
});

test("what can't be added is refused with the reason", async () => {
  expect(await askFor(ADD, { name: "fils", keys: ["a"] })).toEqual({
    change: { message: 'No asset or job has dynamic partitions named "fils"; did you mean "files"?' },
  });
  expect(await askFor(ADD, { name: "files", keys: ["a|b"] })).toMatchObject({
    change: { message: expect.stringContaining('contains "|"') },
  });
  expect((await ask(`{ dynamicPartitions(name: "files", after: "x") { cursor } }`)).errors).toMatchObject([
    { message: expect.stringContaining("cursor"), extensions: { code: "bad_request" } },
  ]);
});
