import { expect, test } from "vitest";
import { parseKinds } from "./kinds.ts";
import { parseOwner } from "./owners.ts";
import { parseDefinitionTag, parseRunTag } from "./tags.ts";

test("definition tags are strict", () => {
  expect(parseDefinitionTag("team/tier", "gold")).toBe("gold");
  expect(() => parseDefinitionTag("a/b/c", "x")).toThrow("not a valid tag key");
  expect(() => parseDefinitionTag("k".repeat(64), "x")).toThrow("not a valid tag key");
  expect(() => parseDefinitionTag("tier", "a b")).toThrow('value of tag "tier"');
  expect(() => parseDefinitionTag("tier", 1)).toThrow('value of tag "tier"');
});

test("run tags take any key and any JSON value, which is stored as text", () => {
  expect(parseRunTag("any key/at all", "a b")).toBe("a b");
  expect(parseRunTag("t", { b: [1, "ü"], a: null })).toBe('{"b": [1, "\\u00fc"], "a": null}');
  expect(parseRunTag("dagster/priority", 3)).toBe("3");
  expect(() => parseRunTag("dagster/parent_run_id", "x")).toThrow("belong to the system");
});

test("owners are people or teams", () => {
  expect(parseOwner("team:data eng")).toEqual({ kind: "team", name: "data eng" });
  expect(parseOwner("ann@example.org")).toEqual({ kind: "person", email: "ann@example.org" });
  for (const text of ["ann", "team:", "user:ann", "a b@example.org"])
    expect(() => parseOwner(text)).toThrow("is not an owner");
});

test("an asset has at most ten kinds", () => {
  expect(parseKinds(["dbt", "dbt", "python"])).toEqual(["dbt", "python"]);
  expect(() => parseKinds(Array.from({ length: 11 }, (_, i) => `k${i}`))).toThrow("at most 10");
  expect(() => parseKinds([""])).toThrow("empty");
});
