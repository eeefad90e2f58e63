import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import { removeCodeLocation, setCodeLocation } from "./change-location-store.ts";
import { findCodeLocation, listCodeLocations } from "./location-store.ts";
import { syncCodeLocations, type ListedLocation } from "./sync-locations.ts";
import { listVersions } from "./version-store.ts";

const { db } = await createTestDatabase();

function image(name: string, tag: string): ListedLocation {
  return { name, document: { code: { kind: "image", image: `shop:${tag}`, entry: "src/definitions.ts" } } };
}

function sync(listed: readonly ListedLocation[], { prune = false, dryRun = false } = {}) {
  return syncCodeLocations(db, TEST_DEPLOYMENT, listed, { prune, dryRun, askedBy: "ann" });
}

async function names(): Promise<string[]> {
  return (await listCodeLocations(db, TEST_DEPLOYMENT)).map(({ name }) => name);
}

test("what is missing is added, what differs is changed, the rest stays; what is not listed goes only when it is pruned", async () => {
  for (const { name, document } of [image("old", "1"), image("same", "1"), image("shop", "1")])
    await setCodeLocation(db, TEST_DEPLOYMENT, name, document, "ben");
  const listed = [image("new", "1"), image("same", "1"), image("shop", "2")];
  const expected = [
    { name: "new", change: "added" },
    { name: "old", change: "unlisted", revision: 1 },
    { name: "same", change: "unchanged", revision: 1 },
    {
      name: "shop",
      change: "updated",
      document: [{ field: "image", before: "shop:1", after: "shop:2" }],
    },
  ];

  expect(await sync(listed, { dryRun: true })).toMatchObject(expected);
  expect(await names()).toEqual(["old", "same", "shop"]);

  expect(await sync(listed)).toMatchObject(expected);
  expect(await sync(listed)).toMatchObject(
    ["new", "old", "same", "shop"].map((name) => ({
      name,
      change: name === "old" ? "unlisted" : "unchanged",
    })),
  );
  const shop = await findCodeLocation(db, TEST_DEPLOYMENT, "shop");
  expect((await listVersions(db, shop?.id ?? "", { before: null, limit: 9 })).nodes).toMatchObject([
    { revision: 2, reason: "changed", askedBy: "ann" },
    { revision: 1, reason: "added", askedBy: "ben" },
  ]);

  expect(await sync(listed, { prune: true, dryRun: true })).toMatchObject([
    {},
    { name: "old", change: "removed", revision: null },
    {},
    {},
  ]);
  await sync(listed, { prune: true });
  expect(await names()).toEqual(["new", "same", "shop"]);
});

test("nothing is done when one document can't be used, or a name is listed twice; the location is named", async () => {
  const before = await names();

  await expect(sync([image("first", "1"), { name: "second", document: { code: {} } }])).rejects.toThrow(
    'Code location "second": `code.kind` must be',
  );
  await expect(sync([image("twice", "1"), image("twice", "2")])).rejects.toThrow(
    'The code location "twice" is listed twice',
  );
  expect(await names()).toEqual(before);
});

test("many who sync at once, with others who set and remove, neither wait in a circle nor add a location twice", async () => {
  const all = ["a", "b", "c", "d", "e"].map((name) => `at-once-${name}`);
  const rounds = Array.from({ length: 12 }, (_, round) => {
    const listed = all.map((name) => image(name, String(round)));
    if (round % 4 === 3) return removeCodeLocation(db, TEST_DEPLOYMENT, all[round % 5] ?? "");
    return sync(round % 2 === 0 ? listed : listed.toReversed(), { prune: round % 3 === 0 });
  });
  await Promise.all(rounds);

  await sync(all.map((name) => image(name, "last")));
  expect((await names()).filter((name) => name.startsWith("at-once-"))).toEqual(all);
});
