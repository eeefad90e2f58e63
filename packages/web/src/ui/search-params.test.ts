import { expect, test } from "vitest";
import { listOf, oneOf, textOf, wholeNumberOf } from "./search-params.ts";

test("what an address says is read", () => {
  const search = { status: ["SUCCESS", "bogus"], tab: "stdout", job: 7, at: 12 };

  expect(listOf("status", search, ["SUCCESS", "FAILURE"])).toEqual({ status: ["SUCCESS"] });
  expect(oneOf("tab", search, ["events", "stdout"])).toEqual({ tab: "stdout" });
  expect(textOf("job", search)).toEqual({ job: "7" });
  expect(wholeNumberOf("at", search)).toEqual({ at: 12 });
});

test("what is missing or malformed is left out", () => {
  const search = { status: 3, tab: "nope", job: "", at: -1 };

  expect(listOf("status", search)).toEqual({});
  expect(oneOf("tab", search, ["events"])).toEqual({});
  expect(textOf("job", search)).toEqual({});
  expect(wholeNumberOf("at", search)).toEqual({});
});
