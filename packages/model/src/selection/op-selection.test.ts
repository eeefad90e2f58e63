import { expect, test } from "vitest";
import { selectOps, selectSteps } from "./op-selection.ts";

const ops = new Map([
  ["a", []],
  ["b", ["a"]],
  ["c", ["b"]],
  ["d", ["c"]],
]);

test.each([
  [["*"], ["a", "b", "c", "d"]],
  [["+c"], ["b", "c"]],
  [["*c"], ["a", "b", "c"]],
  [["b++"], ["b", "c", "d"]],
  [
    ["+b+", "d"],
    ["a", "b", "c", "d"],
  ],
  [[" a "], ["a"]],
  [[], []],
])("%j", (clauses, expected) => {
  expect([...selectOps(ops, clauses)].sort()).toEqual(expected);
});

test("unknown names and unreadable clauses are refused", () => {
  expect(() => selectOps(ops, ["nope"])).toThrow('no op or step "nope"');
  expect(() => selectOps(ops, ["a+1x+"])).toThrow("Write a name");
  expect(() => selectOps(ops, ["*", "a"])).toThrow("Write a name");
  expect(() => selectSteps(ops, ["*"])).toThrow("Write a name");
});
