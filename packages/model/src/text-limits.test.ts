import { expect, test } from "vitest";
import { explainInvalidText, isDeeperThan, utf8Length } from "./text-limits.ts";

test("bytes are counted as UTF-8 has them", () => {
  for (const text of ["", "abc", "für", "漢字", "😀", "a\ud800b", "\udc00\ud800", "é漢😀\ud83d"])
    expect(utf8Length(text)).toBe(Buffer.byteLength(text));
});

test.each([
  ["x".repeat(1_000), null],
  ["x".repeat(1_001), "has 1001 bytes; 1000 are possible"],
  ["漢".repeat(333), null],
  ["漢".repeat(334), "has 1002 bytes; 1000 are possible"],
  ["a\0b", "contains the character U+0000"],
  ["a\ud800", "contains half a character (a lone surrogate)"],
])("%j may be a name unless it is said why not", (text, problem) => {
  expect(explainInvalidText(text)).toBe(problem);
});

test("depth is counted without following a value to its end", () => {
  const nest = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));

  expect([isDeeperThan(1, 0), isDeeperThan(nest(3), 3), isDeeperThan(nest(4), 3)]).toEqual([
    false,
    false,
    true,
  ]);
  expect(isDeeperThan(nest(5_000), 100)).toBe(true);
  expect(isDeeperThan({ a: { b: [] } }, 2)).toBe(true);
  const circular: Record<string, unknown> = {};
  circular["left"] = circular["right"] = [circular, circular];
  expect(isDeeperThan(circular, 100)).toBe(true);
});
