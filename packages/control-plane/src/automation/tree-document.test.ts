import { expect, test } from "vitest";
import type { ConditionResult } from "@millrace/model/automation/evaluate-condition";
import type { PartitionsSubset } from "@millrace/model/partitions/subset";
import { readTree, writeTrees } from "./tree-document.ts";

const holds: PartitionsSubset = { type: "whole", included: true };
const fails: PartitionsSubset = { type: "whole", included: false };

function part(op: "and" | "not" | "missing", trueSubset: PartitionsSubset, children: ConditionResult[] = []) {
  const target = { asset: "shop/orders", check: null };
  return {
    op,
    label: null,
    name: `${op} part`,
    target,
    candidates: holds,
    trueSubset,
    children,
    times: null,
  };
}

test("a document gives each of its trees back, however many stand beside it", () => {
  const trees = [
    part("missing", holds),
    part("and", fails, [part("not", holds, [part("missing", fails)]), part("missing", fails)]),
    part("not", holds, [part("missing", fails)]),
  ];
  const document = writeTrees(new Map(), trees);
  const common = { target: "shop/orders", candidates: 1 };
  const missing = { ...common, op: "missing", name: "missing part", holds: fails, count: 0, children: [] };
  const not = { ...common, op: "not", name: "not part", holds, count: 1, children: [missing] };

  expect(readTree(document, 0)).toEqual({ ...missing, holds, count: 1 });
  expect(readTree(document, 1)).toEqual({
    ...common,
    op: "and",
    name: "and part",
    holds: fails,
    count: 0,
    children: [not, missing],
  });
  expect(readTree(document, 2)).toEqual(not);
});
