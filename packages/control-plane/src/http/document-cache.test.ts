import { expect, test } from "vitest";
import { createDocumentCache } from "./document-cache.ts";

test("a cache holds as much text as it may, and lets go of what was not used for longest", () => {
  const cache = createDocumentCache<number>(30);
  cache.set("a".repeat(10), 1);
  cache.set("b".repeat(10), 2);
  cache.set("c".repeat(10), 3);
  expect(cache.get("a".repeat(10))).toBe(1);

  cache.set("d".repeat(12), 4);

  expect(["a", "b", "c"].map((letter) => cache.get(letter.repeat(10)))).toEqual([1, undefined, undefined]);
  expect(cache.get("d".repeat(12))).toBe(4);
});

test("a text counts once however often it is put in", () => {
  const cache = createDocumentCache<number>(20);
  for (let time = 0; time < 10; time++) cache.set("a".repeat(10), time);

  cache.set("b".repeat(10), 10);

  expect([cache.get("a".repeat(10)), cache.get("b".repeat(10))]).toEqual([9, 10]);
});

test("of 641 documents of 14 KB the latest 18 are kept, and one that is larger than any of ours never is", () => {
  const cache = createDocumentCache<number>();
  const texts = Array.from({ length: 641 }, (_, index) => String(index).padEnd(14 * 1_024));
  for (const [index, text] of texts.entries()) cache.set(text, index);
  cache.set("x".repeat(17 * 1_024), 0);

  expect(texts.filter((text) => cache.get(text) !== undefined)).toEqual(texts.slice(-18));
  expect(cache.get("x".repeat(17 * 1_024))).toBeUndefined();
});
