import { expect, test } from "vitest";
import { serveLocation, SHOP } from "../testing/test-runs.ts";
import { startUserApi } from "../testing/test-user-api.ts";

const { db, ask, askFor } = await startUserApi();

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

test("a location is rolled back, or it is said why not", async () => {
  const set = `mutation ($document: JSON!) { setCodeLocation(name: "back", document: $document) { __typename } }`;
  for (const tag of ["1", "2"])
    await askFor(set, { document: { code: { kind: "image", image: `shop:${tag}`, entry: "a.ts" } } });
  const back = `mutation ($name: String!, $revision: Int) { rollbackCodeLocation(name: $name, revision: $revision) { __typename
    ... on CodeLocationRolledBack { basedOn warning location { revision } } ... on InvalidInput { message } ... on UnknownDefinition { message } } }`;

  expect(await askFor(back, { name: "back", revision: 1 })).toEqual({
    rollbackCodeLocation: {
      __typename: "CodeLocationRolledBack",
      basedOn: 1,
      warning: null,
      location: { revision: 3 },
    },
  });
  expect(await askFor(back, { name: "back" })).toMatchObject({
    rollbackCodeLocation: { __typename: "InvalidInput", message: expect.stringContaining("has loaded") },
  });
  expect(await askFor(back, { name: "bakc" })).toMatchObject({
    rollbackCodeLocation: {
      __typename: "UnknownDefinition",
      message: expect.stringContaining('did you mean "back"'),
    },
  });
});

test("what has changed between two versions that have loaded", async () => {
  await serveLocation(db, "changing", SHOP);
  await serveLocation(db, "changing", { ...SHOP, assets: SHOP.assets.slice(1) });
  const changes = `query ($from: Int) { codeLocation(name: "changing") { changes(from: $from) {
    from to isCodeChanged document { field } counts { kind added removed changed }
    changes { kind name change fields { field before after } } hasMore } } }`;

  expect(await askFor(changes)).toEqual({
    codeLocation: {
      changes: {
        from: 1,
        to: 2,
        isCodeChanged: true,
        document: [],
        counts: [{ kind: "asset", added: 0, removed: 1, changed: 0 }],
        changes: [{ kind: "asset", name: "orders", change: "removed", fields: [] }],
        hasMore: false,
      },
    },
  });
  const { errors } = await ask(changes, { from: 7 });
  expect(errors).toMatchObject([
    { message: "changing has no revision 7 that has loaded and is kept; those that have are 2, 1" },
  ]);
});
