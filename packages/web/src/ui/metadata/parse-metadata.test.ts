import { expect, test } from "vitest";
import { isLarge, numberOf, parseMetadata } from "./parse-metadata.ts";
import { safeUrl } from "../safe-url.ts";

test("known values are read as they are", () => {
  const entries = parseMetadata({ rows: { type: "int", value: 3 }, chart: { type: "svg", svg: "<svg/>" } });

  expect(entries).toEqual([
    { name: "rows", value: { type: "int", value: 3 } },
    { name: "chart", value: { type: "svg", svg: "<svg/>" } },
  ]);
  expect(entries.map((entry) => isLarge(entry.value))).toEqual([false, true]);
  expect(entries.map((entry) => numberOf(entry.value))).toEqual([3, null]);
});

test("a type or shape nobody knows becomes JSON instead of breaking the page", () => {
  expect(parseMetadata({ a: { type: "hologram", x: 1 }, b: { type: "table", records: "no" }, c: 5 })).toEqual(
    [
      { name: "a", value: { type: "unknown", originalType: "hologram", json: { type: "hologram", x: 1 } } },
      {
        name: "b",
        value: { type: "unknown", originalType: "table", json: { type: "table", records: "no" } },
      },
      { name: "c", value: { type: "unknown", originalType: "number", json: 5 } },
    ],
  );
  const odd = [
    { type: "constructor" },
    { type: "timestamp", timestamp: 1e20 },
    { type: "table", records: [null], columns: [null] },
  ];
  for (const value of odd)
    expect(parseMetadata({ value })).toMatchObject([{ value: { type: "unknown", json: value } }]);
  expect(parseMetadata(null)).toEqual([]);
});

test("only links of the web are followed", () => {
  expect(safeUrl("https://example.com/x")).toBe("https://example.com/x");
  expect(safeUrl("javascript:alert(1)")).toBeNull();
});
