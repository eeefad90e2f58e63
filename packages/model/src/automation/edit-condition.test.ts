import { expect, test } from "vitest";
import { anyDepsMissing, eager, inLatestTimeWindow, not, operand } from "./build-condition.ts";
import { conditionKey } from "./condition-key.ts";
import { allowDeps, ignoreDeps, replaceCondition, withoutCondition } from "./edit-condition.ts";

test("a part is replaced by its label or by what it is", () => {
  const byLabel = replaceCondition(eager(), "any_deps_missing", operand("missing"));
  const byContent = replaceCondition(eager(), anyDepsMissing(), operand("missing"));

  expect(conditionKey(byLabel)).toBe(conditionKey(byContent));
  expect(JSON.stringify(byLabel)).not.toContain("any_deps_missing");
});

test("a part of an and is taken out", () => {
  const condition = withoutCondition(eager(), inLatestTimeWindow());

  expect(JSON.stringify(condition)).not.toContain("in_latest_time_window");
  expect(withoutCondition(condition, not(operand("missing")))).toEqual(condition);
});

test("a part is taken out also where it stands under a not", () => {
  const byLabel = withoutCondition(eager(), "any_deps_missing");

  expect(JSON.stringify(byLabel)).not.toContain("any_deps_missing");
  expect(byLabel).toEqual(withoutCondition(eager(), not(anyDepsMissing())));
});

test("which dependencies count is told to every part that asks, and does not change what a condition remembers", () => {
  const condition = ignoreDeps(allowDeps(eager(), ["a", "b"]), ["b"]);

  expect(JSON.stringify(condition).match(/"allow":\["a","b"\],"ignore":\["b"\]/g)).toHaveLength(5);
  expect(conditionKey(condition)).toBe(conditionKey(eager()));
});

test("keys and selections go together", () => {
  const missing = anyDepsMissing({ allow: ["a", "b"], ignore: "tag:slow" });

  expect(ignoreDeps(allowDeps(missing, "group:raw"), ["c"])).toMatchObject({
    allow: '(key:"a" or key:"b") and (group:raw)',
    ignore: '(tag:slow) or (key:"c")',
  });
  expect(allowDeps(anyDepsMissing({ allow: [] }), "*")).toMatchObject({ allow: "(not *) and (*)" });
});
