import { expect, test } from "vitest";
import { listReexecutionOptions } from "./reexecution-options.ts";

const failed = {
  status: "FAILURE" as const,
  assetKeys: ["a"],
  steps: [
    { key: "a", state: "success" },
    { key: "b", state: "failure" },
    { key: "c", state: "pending" },
  ],
};
const available = (options: ReturnType<typeof listReexecutionOptions>): string[] =>
  options.filter(({ disabled }) => !disabled).map(({ label }) => label);

test("a failed run can be repeated in every way; the step that is looked at adds two", () => {
  expect(available(listReexecutionOptions(failed, null))).toEqual([
    "All steps",
    "From failure",
    "From asset failure",
  ]);
  const options = listReexecutionOptions(failed, "b");
  expect(available(options).slice(3)).toEqual(["Step b only", "From step b onwards"]);
  expect(options[4]?.choice).toEqual({
    strategy: "SELECTED_STEPS",
    stepSelection: ["b"],
    includeDownstream: true,
  });
  expect(options[1]?.explanation).toMatch(/2 steps that did not succeed/);
});

test("what can't be done says why", () => {
  const succeeded = { ...failed, status: "SUCCESS" as const };
  expect(available(listReexecutionOptions(succeeded, null))).toEqual(["All steps"]);
  expect(listReexecutionOptions(succeeded, null)[1]?.explanation).toMatch(/did not fail/);
  expect(listReexecutionOptions({ ...failed, assetKeys: [] }, null)[2]).toMatchObject({
    disabled: true,
    explanation: "The run makes no assets",
  });
});
