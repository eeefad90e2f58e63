import { expect, test } from "vitest";
import { describeStaleness } from "./describe-staleness.ts";

const code = { category: "CODE", reason: "Its code has a new version", dependency: null } as const;
const data = {
  category: "DATA",
  reason: "The upstream asset has new data",
  dependency: "shop/orders",
} as const;
const deps = { category: "DEPENDENCIES", reason: "It depends on more", dependency: "b" } as const;

test("the first cause stands in words, with how many more there are", () => {
  expect(describeStaleness([code])?.label).toBe("Code changed");
  expect(describeStaleness([data])?.label).toBe("Upstream shop/orders has new data");
  expect(describeStaleness([deps, data, code])).toEqual({
    label: "Dependencies changed +2",
    sentences: [deps.reason, data.reason, code.reason],
  });
});

test("an asset with partitions says how many of them are stale", () => {
  expect(describeStaleness([], 1)?.label).toBe("1 stale partition");
  expect(describeStaleness([], 1_200)?.sentences).toEqual(["1,200 stale partitions"]);
});

test("what is not stale has no words", () => {
  expect(describeStaleness([])).toBeNull();
});
