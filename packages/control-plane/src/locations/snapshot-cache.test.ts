import { create } from "@bufbuild/protobuf";
import { LocationSnapshotSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { expect, test } from "vitest";
import { createSnapshotCache } from "./snapshot-cache.ts";

/** A cache for 100 bytes of what nobody serves, and the digests that were read. */
function createCounted() {
  const cache = createSnapshotCache(100);
  const reads: string[] = [];
  return {
    cache,
    reads,
    get: (digest: string, bytes = 40) =>
      cache.get(digest, async () => {
        reads.push(digest);
        return { snapshot: create(LocationSnapshotSchema), bytes };
      }),
  };
}

test("what is served is read once, however much it is; the rest is kept by its bytes, the latest used longest", async () => {
  const { cache, reads, get } = createCounted();
  const served = Array.from({ length: 50 }, (_, index) => `served-${index}`);
  cache.keepAllServed("d", new Map(served.map((digest) => [`location of ${digest}`, digest])));

  for (const digest of served) await get(digest);
  for (const digest of ["a", "b", "a", "c", "a"]) await get(digest);
  for (const digest of served) await get(digest);
  expect(reads).toEqual([...served, "a", "b", "c"]);

  await get("b");
  expect(reads.at(-1)).toBe("b");
});

test("what a location no longer serves goes like the rest", async () => {
  const { cache, reads, get } = createCounted();
  cache.keepServed("d", "flights", "old");
  await get("old");
  cache.keepServed("d", "flights", "new");
  for (const digest of ["new", "x", "y", "z"]) await get(digest);

  await get("new");
  expect(reads).toEqual(["old", "new", "x", "y", "z"]);
  await get("old");
  expect(reads.at(-1)).toBe("old");
});

test("those who ask at once share one read, and a failed one is tried again", async () => {
  const { cache, reads, get } = createCounted();
  await Promise.all([get("a"), get("a")]);
  expect(reads).toEqual(["a"]);

  await expect(cache.get("b", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  await get("b");
  expect(reads).toEqual(["a", "b"]);
});
