import { create } from "@bufbuild/protobuf";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import { LocationSnapshotSchema } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { expect, test } from "vitest";
import { DBT } from "../../testing/test-dbt.ts";
import { findStepsOfAssets, listWholeStepKeys, selectJobSteps } from "./selected-steps.ts";

const snapshot = create(LocationSnapshotSchema, DBT);
const [job = create(LocationSnapshotSchema, DBT).jobs[0]] = snapshot.jobs;
const everything = { assetSelection: null, checkSelection: null, stepSelection: null };

function stepsOf(assetSelection: readonly string[] | null): [string, string, ...string[]][] {
  if (job === undefined) return [];
  return selectJobSteps(snapshot, job, { ...everything, assetSelection }).map(
    ({ key, assetKeys, upstream }) => [key, assetKeys.join(), ...upstream],
  );
}

test("the whole job has the parts that it was described with", () => {
  expect(stepsOf(null)).toEqual([
    ["dbt", "stg"],
    ["model", "", "dbt"],
    ["dbt_2", "mart", "dbt", "model"],
  ]);
});

test("a run without what comes between has the step as a whole", () => {
  expect(stepsOf(["stg", "mart"])).toEqual([["dbt", "stg,mart"]]);
  expect(stepsOf(["mart", "model"])).toEqual([
    ["model", ""],
    ["dbt", "mart", "model"],
  ]);
});

test("parts are found by their assets, and the whole step by its parts", () => {
  if (job === undefined) throw new Error(`There is no ${ASSET_JOB}`);
  const findStep = findStepsOfAssets(snapshot, job, everything);

  expect(findStep({ key: "mart", stepKey: "dbt" })).toBe("dbt_2");
  expect(findStep({ key: "model", stepKey: "model" })).toBe("model");
  expect(listWholeStepKeys(snapshot, job, everything, ["dbt_2", "model"])).toEqual(new Set(["dbt", "model"]));
});
