import { expect, test } from "vitest";
import { InvalidRunTarget, parseRunTarget, toRunTarget } from "./run-target.ts";
import { testRunTarget } from "./test-run-target.ts";

test("what is left out limits nothing, and what is unknown is passed over", () => {
  expect(parseRunTarget({ jobName: "nightly", somethingNewer: true })).toEqual(testRunTarget());
});

test("a target that has gone through JSON is the same", () => {
  const target = testRunTarget({
    assetSelection: ["a"],
    partitionRange: { start: "mon", end: "tue" },
    runConfig: { ops: { load: { config: 1 } } },
    tags: { team: "sales" },
  });
  expect(parseRunTarget(JSON.parse(JSON.stringify(target)))).toEqual(target);
  expect(toRunTarget({ ...target, runId: "r" } as typeof target)).toEqual(target);
});

test.each([
  [null, "must be an object"],
  [{}, "`jobName` must be a text that is not empty"],
  [{ jobName: "" }, "`jobName`"],
  [{ assetSelection: [1] }, "`assetSelection` must be a list of texts or null"],
  [{ stepSelection: "load" }, "`stepSelection` must be a list"],
  [{ runConfig: [] }, "`runConfig` must be an object"],
  [{ tags: { a: 1 } }, "`tags` must map names to texts"],
  [{ partitionKey: 7 }, "`partitionKey` must be a text or null"],
  [{ partitionRange: { start: "mon" } }, "`partitionRange`: A range of partitions must be an object"],
])("%j is refused by the field", (fields, problem) => {
  const value =
    fields === null || "jobName" in fields || Object.keys(fields).length === 0
      ? fields
      : { jobName: "j", ...fields };
  expect(() => parseRunTarget(value)).toThrow(InvalidRunTarget);
  expect(() => parseRunTarget(value)).toThrow(problem);
});
