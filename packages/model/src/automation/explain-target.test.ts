import { expect, test } from "vitest";
import type { AutomationAsset } from "./asset-state-view.ts";
import { allOf, eager, not, operand } from "./build-condition.ts";
import type { AutomationCondition } from "./condition.ts";
import type { ConditionResult } from "./evaluate-condition.ts";
import { listBlockers } from "./explain-target.ts";

const part = (condition: AutomationCondition, holds: boolean, children: ConditionResult[] = []) => ({
  op: condition.op,
  label: null,
  name: condition.label ?? condition.op,
  target: { asset: "report", check: null },
  candidates: { type: "whole", included: true } as const,
  trueSubset: { type: "whole", included: holds } as const,
  children,
  times: null,
});
const assets = new Map<string, AutomationAsset>();
const missing = operand("missing");
const running = operand("run_in_progress");

test("of parts that must all hold the first that does not stands in the way, through a not", () => {
  const condition = allOf(missing, not(running), missing);
  const tree = part(condition, false, [
    part(missing, true),
    part(not(running), false, [part(running, true)]),
    part(missing, false),
  ]);
  expect(listBlockers(assets, tree, null)).toEqual([
    {
      op: "run_in_progress",
      name: "run_in_progress",
      target: "report",
      wanted: false,
      event: "the run for report ends",
    },
  ]);
});

test("of parts of which one is enough all stand in the way, and none once it is asked for", () => {
  const either = { op: "or", conditions: [missing, operand("newly_updated")] } as const;
  const parts = [part(missing, false), part(operand("newly_updated"), false)];
  expect(listBlockers(assets, part(either, false, parts), null).map(({ event }) => event)).toEqual([
    "report is wiped",
    "report is updated",
  ]);
  expect(listBlockers(assets, part(eager(), true), null)).toEqual([]);
});
