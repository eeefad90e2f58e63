import { expect, test } from "vitest";
import { createTestDatabase } from "../testing/test-database.ts";
import { BadRequest } from "../api/bad-request.ts";
import { TEST_DEPLOYMENT } from "../testing/test-runs.ts";
import {
  addDynamicPartitions,
  deleteDynamicPartitions,
  findDynamicKeys,
  findDynamicKeysAmong,
  listDynamicPartitions,
} from "./dynamic-partition-store.ts";

const { db } = await createTestDatabase();

async function pagesOf(name: string, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listDynamicPartitions>> = await listDynamicPartitions(
      db,
      TEST_DEPLOYMENT,
      name,
      cursor,
      limit,
    );
    pages.push(page.partitions.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== null);
  return pages;
}

test("keys are listed in pages in the order in which they were added, each once", async () => {
  expect(await addDynamicPartitions(db, TEST_DEPLOYMENT, "order", ["z", "a", "m"])).toBe(3);
  expect(await addDynamicPartitions(db, TEST_DEPLOYMENT, "order", ["a", "b", "b"])).toBe(1);

  expect(await pagesOf("order", 2)).toEqual([
    ["z", "a"],
    ["m", "b"],
  ]);
  expect(await pagesOf("never", 2)).toEqual([[]]);
});

test("a key that was removed and comes back is the newest", async () => {
  await addDynamicPartitions(db, TEST_DEPLOYMENT, "again", ["a", "b"]);
  expect(await deleteDynamicPartitions(db, TEST_DEPLOYMENT, "again", ["a", "x"])).toBe(1);
  await addDynamicPartitions(db, TEST_DEPLOYMENT, "again", ["a"]);

  expect(await findDynamicKeys(db, TEST_DEPLOYMENT, ["again", "never"])).toEqual({ again: ["b", "a"] });
  expect(await findDynamicKeysAmong(db, TEST_DEPLOYMENT, ["again"], ["a", "x"])).toEqual({ again: ["a"] });
});

test.each([["a|b"], ["a...b"], ["line\nbreak"], [""], ["x".repeat(1_001)], ["half \ud800"]])(
  "%j can't be a key, and none of a list with it is added",
  async (key) => {
    await expect(addDynamicPartitions(db, TEST_DEPLOYMENT, "bad", ["good", key])).rejects.toThrow(BadRequest);

    expect(await pagesOf("bad", 10)).toEqual([[]]);
  },
);

test("keys that are added by many at once are all there once", async () => {
  const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`);

  await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      addDynamicPartitions(db, TEST_DEPLOYMENT, "many", i % 2 ? keys : keys.toReversed()),
    ),
  );

  expect((await pagesOf("many", 1_000)).flat().sort()).toEqual(keys.toSorted());
});
