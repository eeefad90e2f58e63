import { expect, test } from "vitest";
import { explainUnknownName, findNear, suggestNear } from "./near-names.ts";

test.for([
  ["nightli", ["nightly", "weekly", "night"], ["nightly", "night"]],
  ["nigthly", ["nightly"], ["nightly"]],
  ["Orders", ["orders", "raw/orders"], ["orders"]],
  ["raw/order", ["raw/orders", "raw/users", "raw"], ["raw/orders"]],
  ["ab", ["ac", "xyz", "abcd"], ["ac"]],
  ["a1", ["a2", "a3", "a4", "a5"], ["a2", "a3", "a4"]],
  ["", ["a", "abc"], []],
  ["a", ["b", "A", "ab"], ["A", "ab"]],
  ["nightly", [], []],
] as const)("%s is near to what of %j", ([name, known, near]) => {
  expect(findNear(name, known)).toEqual(near);
});

test("the nearest are suggested, and nothing when none is near", () => {
  expect(suggestNear("nightli", ["nightly"])).toBe('; did you mean "nightly"?');
  expect(suggestNear("a1", ["a2", "a3"])).toBe('; did you mean "a2" or "a3"?');
  expect(suggestNear("revenue", ["orders"])).toBe("");
});

test("where none is near, the few that there are are listed", () => {
  expect(explainUnknownName("nightli", ["nightly"])).toBe('; did you mean "nightly"?');
  expect(explainUnknownName("a", ["daily"])).toBe('; there is "daily"');
  expect(explainUnknownName("a", ["daily", "weekly", "now"])).toBe('; there are "daily", "weekly" and "now"');
  expect(explainUnknownName("a", [])).toBe("; there is none");
  expect(
    explainUnknownName(
      "a",
      Array.from({ length: 13 }, () => "daily"),
    ),
  ).toBe("");
});
