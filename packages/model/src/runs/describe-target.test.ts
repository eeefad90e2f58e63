import { expect, test } from "vitest";
import { describeTarget } from "./describe-target.ts";

test("a run is named by its job, or by its assets where its job has no name of an author's", () => {
  expect(describeTarget({ jobName: "nightly", assetKeys: ["a"] })).toBe("nightly");
  expect(describeTarget({ jobName: "__ASSET_JOB", assetKeys: ["a/b"] })).toBe("a/b");
  expect(describeTarget({ jobName: "__weekly", assetKeys: ["a/b", "c", "d"] })).toBe("a/b + 2 more");
  expect(describeTarget({ jobName: "__ASSET_JOB", assetKeys: [] })).toBe("assets");
});
