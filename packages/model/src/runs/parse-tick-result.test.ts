import { expect, test } from "vitest";
import { InvalidTickResult, parseTickResult } from "./parse-tick-result.ts";

test("what is left out was not asked for, and what is unknown is passed over", () => {
  expect(parseTickResult({ skipReason: "no files", newer: true })).toEqual({
    runRequests: [],
    partitionsRequests: [],
    assetEvents: [],
    skipReason: "no files",
    cursor: null,
    error: null,
    logs: [],
  });
});

test("more runs than one tick may ask for are refused", () => {
  const runRequests = Array.from({ length: 5_001 }, () => ({}));
  expect(() => parseTickResult({ runRequests })).toThrow("at most 5000 items, not 5001");
});

test("requests are read with all they say", () => {
  const result = {
    runRequests: [
      {
        runKey: "k",
        jobName: "j",
        assetSelection: ["a"],
        partitionKey: "mon",
        runConfig: { ops: {} },
        tags: { a: "b" },
      },
    ],
    partitionsRequests: [{ action: "delete", name: "files", keys: ["a.csv"] }],
    assetEvents: [
      {
        kind: "check",
        assetKey: "raw/orders",
        partitionKey: null,
        metadata: { rows: { type: "int", value: 3 } },
        description: null,
        checkName: "complete",
        passed: false,
        severity: "WARN",
      },
    ],
    skipReason: null,
    cursor: "7",
    error: {
      name: "Error",
      message: "boom",
      stack: null,
      cause: { name: "E", message: "why", stack: "at x", cause: null },
    },
    logs: [{ timestamp: 1_700_000_000_000, level: "WARNING", message: "slow" }],
  };
  expect(parseTickResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
});

test.each([
  ["text", "`the result` must be an object"],
  [{ runRequests: {} }, "`runRequests` must be a list"],
  [{ runRequests: [{ tags: { a: 1 } }] }, "`runRequests[0].tags` must map names to texts"],
  [{ runRequests: [{}, { assetSelection: "a" }] }, "`runRequests[1].assetSelection` must be a list of texts"],
  [{ partitionsRequests: [{ action: "move" }] }, "`partitionsRequests[0].action` must be"],
  [{ cursor: 7 }, "`cursor` must be a text or null"],
])("%j is refused by the field", (value, problem) => {
  expect(() => parseTickResult(value)).toThrow(InvalidTickResult);
  expect(() => parseTickResult(value)).toThrow(problem);
});
