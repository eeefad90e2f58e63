import { expect, test } from "vitest";
import { explainTag, readTag } from "./runs-search.ts";

test("the tag filter takes a key and a value, which may have colons, and says so of anything else", () => {
  expect(readTag("team: core")).toEqual({ key: "team", value: "core" });
  expect(readTag("at:10:30")).toEqual({ key: "at", value: "10:30" });
  expect([undefined, "team", ":core"].map(readTag)).toEqual([null, null, null]);
  expect([undefined, "team:core", "team"].map(explainTag)).toEqual([
    null,
    null,
    "Type key:value, such as team:core",
  ]);
});
