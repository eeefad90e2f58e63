import { expect, test } from "vitest";
import { resolveStepSelection, selectOps, selectSteps } from "./op-selection.ts";

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

test("what is wrong is pointed at", () => {
  expect(() => selectSteps(ops, ["+b & c"])).toThrow(/Write a name.*\n {2}\+b & c\n {4} \^$/);
  expect(() => selectSteps(ops, ["++nope+"])).toThrow(/"nope"\n {2}\+\+nope\+\n {4}\^$/);
});

test("a launch may name steps, copies of mapped steps and clauses at once", () => {
  expect(resolveStepSelection(ops, ["c[x y]", "b", "+d"])).toEqual(["c[x y]", "b", "d", "c"]);
  expect(resolveStepSelection(ops, ["*"])).toEqual(["a", "b", "c", "d"]);
  expect(resolveStepSelection(ops, [])).toEqual([]);
});
