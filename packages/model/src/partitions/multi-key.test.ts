import { expect, test } from "vitest";
import { explainUnknownKey } from "./explain-unknown-key.ts";
import type { MultiPartitions } from "./definition.ts";
import { toPartitionKey } from "./multi-key.ts";

test.each([
  ["day=2024-01-01,region=eu", "2024-01-01|eu"],
  ["region=eu,day=2024-01-01", "2024-01-01|eu"],
  ["b=x=1,a=one, two,c=3", "one, two|x=1|3"],
  ["2024-01-01|eu", "2024-01-01|eu"],
  ["day=2024-01-01|eu,x=1", "day=2024-01-01|eu,x=1"],
  ["year=2024", "year=2024"],
  ["eu,us", "eu,us"],
  ["a=1,a=2", "a=1,a=2"],
  ["a=1,b=2,c=3,d=4,e=5", "a=1,b=2,c=3,d=4,e=5"],
  ["=1,b=2", "=1,b=2"],
  ["", ""],
])("%j is the key %j", (text, key) => {
  expect(toPartitionKey(text)).toBe(key);
});

const sales: MultiPartitions = {
  type: "multi",
  dimensions: {
    shop: { type: "static", keys: ["126", "127"] },
    day: { type: "daily", start: "2024-01-01" },
  },
};
const now = Date.parse("2024-02-02T12:00:00Z");

test("of an unknown key is said how one is written, and which dimension lacks its part", () => {
  const written = 'a key is day|shop, such as "2024-02-01|127"';

  expect(explainUnknownKey(sales, "2024-01-01", now, {})).toBe(`: ${written}`);
  expect(explainUnknownKey(sales, "2024-01-01|128", now, {})).toBe(
    `: its dimension "shop" has no "128"; ${written}`,
  );
  expect(explainUnknownKey(sales, "126|2024-01-01", now, {})).toBe(
    `: its dimension "day" has no "126"; its dimension "shop" has no "2024-01-01"; ${written}`,
  );
  expect(explainUnknownKey({ type: "static", keys: ["de"] }, "fr", now, {})).toBe("");
});

test("the example leaves out what is not known", () => {
  const rows: MultiPartitions = {
    type: "multi",
    dimensions: { ...sales.dimensions, file: { type: "dynamic", name: "files" } },
  };

  expect(explainUnknownKey(rows, "x", now, {})).toBe(': a key is day|file|shop, such as "2024-02-01|…|127"');
});
