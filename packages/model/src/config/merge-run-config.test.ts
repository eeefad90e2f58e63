import { expect, test } from "vitest";
import type { RunConfig } from "./run-config.ts";
import { mergeRunConfig } from "./merge-run-config.ts";

const job: RunConfig = {
  ops: { load: { config: { year: 2001, month: 1 } }, report: { config: "short" } },
  resources: { db: { config: { url: "a" } } },
};

test("an op or a resource that the launch configures replaces the job's, the others stay", () => {
  expect(mergeRunConfig(job, { ops: { load: { config: { year: 2002 } } } })).toEqual({
    ops: { load: { config: { year: 2002 } }, report: { config: "short" } },
    resources: { db: { config: { url: "a" } } },
  });
});

test("a section that neither has stays away, since a job's schema may not know it", () => {
  expect(mergeRunConfig({}, {})).toEqual({});
  expect(mergeRunConfig({}, { resources: {} })).toEqual({ resources: {} });
});

test("merging a merged config again changes nothing", () => {
  const once = mergeRunConfig(job, { resources: { db: { config: { url: "b" } } }, execution: "fast" });
  expect(mergeRunConfig(job, once)).toEqual(once);
});

test.each([[null], ["text"], [[1]]])(
  "a section that is %j is left for the check of the config to refuse",
  (ops) => {
    const parsed = JSON.parse(JSON.stringify({ ops })) as RunConfig;
    expect(mergeRunConfig(job, parsed)).toMatchObject({ ops });
  },
);
