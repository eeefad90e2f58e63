import { expect, test } from "vitest";
import { startUserApi } from "../testing/test-user-api.ts";

const { askFor } = await startUserApi();

test("a document that can't be used is refused as part of the result", async () => {
  const set = `mutation ($document: JSON!) { setCodeLocation(name: "new", document: $document) { __typename ... on InvalidInput { message } ... on CodeLocation { revision } } }`;

  expect(await askFor(set, { document: { entry: "x.ts" } })).toEqual({
    setCodeLocation: { __typename: "InvalidInput", message: expect.stringContaining("workingDirectory") },
  });
  expect(
    await askFor(set, { document: { entry: "x.ts", workingDirectory: "/code", gitCommit: "0123abc" } }),
  ).toMatchObject({
    setCodeLocation: { __typename: "CodeLocation", revision: 1 },
  });
  expect(
    await askFor(
      `mutation { reloadCodeLocation(name: "new") { revision serving { state }
        versions(limit: 1) { nodes { revision state askedBy reason gitCommit document } hasMore } } removeCodeLocation(name: "new") }`,
    ),
  ).toEqual({
    reloadCodeLocation: {
      revision: 2,
      serving: null,
      versions: {
        nodes: [
          {
            revision: 2,
            state: "pending",
            askedBy: "owner",
            reason: "reloaded",
            gitCommit: "0123abc",
            document: expect.objectContaining({ gitCommit: "0123abc" }),
          },
        ],
        hasMore: true,
      },
    },
    removeCodeLocation: true,
  });
});
