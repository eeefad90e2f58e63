import { describe, expect, test } from "vitest";
import { automation } from "../automation/automation.ts";
import { job } from "../jobs/job.ts";
import { singleRun } from "../partitions/backfill-policy.ts";
import { partitionMapping } from "../partitions/partition-mapping.ts";
import { daily } from "../partitions/partitions.ts";
import { automationInstance } from "../testing/automation-instance.ts";
import { evaluateAutomation } from "../testing/evaluate-automation.ts";
import { executeJob, materialize } from "../testing/execute.ts";
import type { ExecutionResult } from "../testing/execution-result.ts";
import { combineDataVersions } from "@millrace/model/data-versions/compute-data-version";
import { asset } from "./asset.ts";
import { materializeResult } from "./asset-result.ts";
import { assetSpec } from "./asset-spec.ts";
import { assetRef, dep } from "./dependency.ts";
import { multiAsset } from "./multi-asset.ts";

const raw = asset("raw", { codeVersion: "1" }, () => 1);
const eager = automation.eager();

/** stg → model → mart, and beside them `other`, of the same step as stg and mart. Results come in the order of their names. */
const dbt = multiAsset(
  "dbt",
  {
    assets: {
      mart: assetSpec<string>({ after: ["stg", "model"], codeVersion: "1", automationCondition: eager }),
      other: assetSpec<string>({ after: ["elsewhere"], codeVersion: "1", automationCondition: eager }),
      stg: assetSpec<string>({ after: [raw], codeVersion: "1" }),
    },
    canSubset: true,
  },
  (context) => Object.fromEntries([...context.selectedAssets].sort().map((name) => [name, name])),
);
const { mart, other, stg } = dbt.assets;
const model = asset("model", { after: [stg], codeVersion: "1" }, () => 1);

function madeFrom(result: ExecutionResult, key: string): Readonly<Record<string, string>> {
  const made = result.eventsOf("ASSET_MATERIALIZATION").findLast(({ assetKey }) => assetKey === key);
  return made?.provenance?.inputDataVersions ?? {};
}
function versionOf(result: ExecutionResult, key: string): string | null {
  return (
    result.eventsOf("ASSET_MATERIALIZATION").find(({ assetKey }) => assetKey === key)?.dataVersion ?? null
  );
}

describe("what an asset was made from are the versions of what it depends on itself", () => {
  test("in two parts of a step", async () => {
    const result = await materialize([raw, dbt, model]);

    expect(madeFrom(result, "stg")).toEqual({ raw: versionOf(result, "raw") });
    expect(madeFrom(result, "mart")).toEqual({
      stg: versionOf(result, "stg"),
      model: versionOf(result, "model"),
    });
    expect(Object.keys(madeFrom(result, "other"))).toEqual(["elsewhere"]);
  });

  test("in one call, in whatever order its code returns them", async () => {
    const together = multiAsset(
      "together",
      {
        assets: {
          a_last: assetSpec<number>({ after: ["z_first"], codeVersion: "1" }),
          z_first: assetSpec<number>({ codeVersion: "1" }),
        },
      },
      () => ({ a_last: 2, z_first: 1 }),
    );

    const result = await materialize([together]);

    expect(madeFrom(result, "a_last")).toEqual({ z_first: versionOf(result, "z_first") });
  });

  test("of several partitions that one call makes, each of its own", async () => {
    const days = daily({ start: "2024-01-01" });
    const together = multiAsset(
      "together",
      {
        assets: {
          sums: assetSpec<void>({ after: ["rows"], codeVersion: "1" }),
          rows: assetSpec<void>(),
        },
        partitions: days,
        backfill: singleRun(),
      },
      (context) => ({
        sums: undefined,
        rows: Object.fromEntries(
          context.partitionKeys.map((key) => [key, materializeResult({ dataVersion: `rows of ${key}` })]),
        ),
      }),
    );

    const result = await materialize([together], {
      partitionRange: { start: "2024-01-01", end: "2024-01-02" },
    });

    const events = result.eventsOf("ASSET_MATERIALIZATION");
    expect(events.map(({ assetKey, partition }) => [assetKey, partition])).toEqual([
      ["rows", "2024-01-01"],
      ["sums", "2024-01-01"],
      ["rows", "2024-01-02"],
      ["sums", "2024-01-02"],
    ]);
    const sums = events.filter(({ assetKey }) => assetKey === "sums");
    expect(sums.map(({ provenance }) => provenance?.inputDataVersions)).toEqual([
      { rows: combineDataVersions(["rows of 2024-01-01"]) },
      { rows: combineDataVersions(["rows of 2024-01-02"]) },
    ]);
  });
});

test("selections follow the assets, and the step is asked for what they select", async () => {
  const selected = async (selection: string): Promise<string[]> => {
    const result = await executeJob(job("chosen", { selection }), {
      assets: [raw, ...Object.values(dbt.assets), model],
    });
    return result.eventsOf("ASSET_MATERIALIZATION").map(({ assetKey, stepKey }) => `${stepKey}: ${assetKey}`);
  };

  expect(await selected("+mart")).toEqual(["dbt: stg", "model: model", "dbt_2: mart"]);
  expect(await selected("model+")).toEqual(["model: model", "dbt: mart"]);
  expect(await selected("+other")).toEqual(["dbt: other"]);
});

describe("automation follows the assets", () => {
  const assets = [raw, mart, other, stg, model];

  test("an eager asset is requested alone, for what it depends on itself", () => {
    const instance = automationInstance({ now: new Date("2024-05-01T08:00:00Z") });
    for (const each of [raw, stg, model, mart, other]) instance.materialize(each);
    evaluateAutomation(assets, instance);
    const after = (changed: typeof raw | typeof stg): readonly string[] => {
      instance.advance(60);
      instance.materialize(changed);
      return evaluateAutomation(assets, instance).requested;
    };

    expect([after(raw), after(stg)]).toEqual([[], ["mart"]]);
  });

  test("each dependency has a mapping of its own, also on another asset of the step", () => {
    const days = daily({ start: "2024-01-01" });
    const yesterday = partitionMapping.timeWindow({ startOffset: -1, endOffset: -1 });
    const shop = multiAsset(
      "shop",
      {
        assets: {
          rows: assetSpec<number>(),
          change: assetSpec<number>({
            after: ["rows", dep(assetRef("shop_rates"), { partitions: yesterday })],
            automationCondition: automation.anyDepsUpdated(),
          }),
          rates: assetSpec<number>({ key: "shop_rates" }),
        },
        partitions: days,
        canSubset: true,
      },
      (context) => Object.fromEntries([...context.selectedAssets].map((name) => [name, 1])),
    );
    const { rows, change, rates } = shop.assets;
    const instance = automationInstance({ now: new Date("2024-02-01T08:00:00Z") });
    evaluateAutomation([rows, change, rates], instance);
    instance.advance(60);
    instance.materialize(rows, { partitionKey: "2024-01-05" });
    instance.materialize(rates, { partitionKey: "2024-01-08" });

    const round = evaluateAutomation([rows, change, rates], instance);

    expect(round.requestedPartitions(change)).toEqual(["2024-01-05", "2024-01-09"]);
  });
});
