import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { SnapshotInit } from "./test-runs.ts";

const made = (key: string, stepKey: string, ...dependencies: string[]) => ({
  key,
  group: "default",
  executable: true,
  stepKey,
  dependencies: dependencies.map((dependency) => ({ key: dependency, loadsValue: false })),
});

/** For tests: stg → model → mart, where one step makes the first and the last. */
export const DBT = {
  assets: [made("mart", "dbt", "model", "stg"), made("model", "model", "stg"), made("stg", "dbt")],
  jobs: [
    {
      name: ASSET_JOB,
      implicit: true,
      assetKeys: ["mart", "model", "stg"],
      steps: [
        { key: "dbt", kind: "asset", partOf: "dbt", assetKeys: ["stg"] },
        { key: "model", kind: "asset", upstream: ["dbt"] },
        { key: "dbt_2", kind: "asset", upstream: ["dbt", "model"], partOf: "dbt", assetKeys: ["mart"] },
      ],
    },
  ],
} satisfies SnapshotInit;

/** For tests: the same without what comes between, so that the step is whole. */
export const WHOLE_DBT = {
  assets: [made("mart", "dbt", "stg"), made("model", "model", "stg"), made("stg", "dbt")],
  jobs: [
    {
      name: ASSET_JOB,
      implicit: true,
      assetKeys: ["mart", "model", "stg"],
      steps: [
        { key: "dbt", kind: "asset" },
        { key: "model", kind: "asset", upstream: ["dbt"] },
      ],
    },
  ],
} satisfies SnapshotInit;
