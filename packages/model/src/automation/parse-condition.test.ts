import { expect, test } from "vitest";
import * as build from "./build-condition.ts";
import { PLAIN_OPERANDS, type AutomationCondition } from "./condition.ts";
import { resolveThroughVirtual } from "./edit-condition.ts";
import { nameCondition } from "./name-condition.ts";
import { InvalidAutomationCondition, parseAutomationCondition } from "./parse-condition.ts";

const missing = build.operand("missing");

const CONDITIONS: readonly [condition: AutomationCondition, name: string][] = [
  ...PLAIN_OPERANDS.map((op): [AutomationCondition, string] => [build.operand(op), op]),
  [build.cronTickPassed("0 6 * * *", "Europe/Berlin"), "cron_tick_passed(0 6 * * *, Europe/Berlin)"],
  [build.inLatestTimeWindow(), "in_latest_time_window"],
  [build.inLatestTimeWindow(3600), "in_latest_time_window(3600 s)"],
  [
    build.runTags("executed_with_tags", { tagKeys: ["team"], tagValues: { env: "prod" } }),
    "executed_with_tags(team, env=prod)",
  ],
  [build.runTags("any_new_update_has_run_tags", { tagKeys: ["team"] }), "any_new_update_has_run_tags(team)"],
  [
    build.runTags("all_new_updates_have_run_tags", { tagKeys: ["team"] }),
    "all_new_updates_have_run_tags(team)",
  ],
  [build.allOf(missing, build.inProgress()), "and"],
  [build.anyOf(missing), "or"],
  [build.not(missing), "not missing"],
  [build.newlyTrue(missing), "newly_true(missing)"],
  [build.not(build.newlyTrue(build.inProgress())), "not newly_true(in_progress)"],
  [build.since(missing, build.operand("newly_updated")), "since"],
  [build.anyDepsMatch(missing), "any_deps_match"],
  [build.anyDepsMatch(missing, { allow: ["a", "b"], ignore: ["b"] }), "any_deps_match(only a b, not b)"],
  [build.anyDepsMatch(missing, { allow: "group:raw" }), "any_deps_match(only group:raw)"],
  [resolveThroughVirtual(build.allDepsMatch(missing)), "all_deps_match(through virtual)"],
  [build.anyChecksMatch(build.operand("check_failed")), "any_checks_match"],
  [build.allChecksMatch(build.operand("check_passed"), true), "all_checks_match(blocking)"],
  [build.assetMatches("shop/orders", missing), "asset_matches(shop/orders)"],
  [build.anyJobRootAssetsMatch(missing), "any_job_root_assets_match"],
  [build.allJobRootAssetsMatch(missing), "all_job_root_assets_match"],
  [build.anyDownstreamConditions(), "any_downstream_conditions"],
  [build.eager(), "eager"],
  [build.onCron("0 6 * * *"), "on_cron"],
  [build.onMissing(), "on_missing"],
  [build.withLabel(missing, "not there"), "not there"],
];

test.each(CONDITIONS)("%j survives JSON and has a name", (condition, name) => {
  expect(parseAutomationCondition(JSON.parse(JSON.stringify(condition)))).toEqual(condition);
  expect(nameCondition(condition)).toBe(name);
});

test("a selection of dependencies that makes no sense is refused, as is one that asks for live data", () => {
  const withDeps = (allow: string) => build.not(build.anyDepsMatch(missing, { allow }));

  expect(() => parseAutomationCondition(withDeps("group:raw and"))).toThrow(
    "Invalid automation condition at condition.allow: ",
  );
  expect(() => parseAutomationCondition(withDeps("status:missing"))).toThrow(
    'Invalid automation condition at condition.allow: "status:" can not be used here',
  );
});

test("an error leads to its place in the tree", () => {
  const condition = { op: "and", conditions: [{ op: "missing" }, { op: "not", condition: { op: "odd" } }] };

  expect(() => parseAutomationCondition(condition)).toThrow(InvalidAutomationCondition);
  expect(() => parseAutomationCondition(condition)).toThrow('at conditions.1.condition: unknown op "odd"');
});
