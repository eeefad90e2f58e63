import { expect, test } from "vitest";
import { checkSpec } from "./check-spec.ts";
import { materialize } from "../testing/execute.ts";
import { singleRun } from "../partitions/backfill-policy.ts";
import { daily } from "../partitions/partitions.ts";
import { asset } from "./asset.ts";
import { materializeResult } from "./asset-result.ts";
import { assetSpec } from "./asset-spec.ts";
import { multiAsset } from "./multi-asset.ts";

const notEmpty = checkSpec("not_empty", { blocking: true });

function loadShop(orders: readonly number[]) {
  return multiAsset(
    "load_shop",
    {
      assets: {
        orders: assetSpec<readonly number[]>({ checks: [notEmpty] }),
        users: assetSpec<readonly string[]>({ checks: [notEmpty], required: false }),
      },
      canSubset: true,
    },
    (context) => ({
      ...(context.selectedAssets.has("orders")
        ? { orders: materializeResult({ value: orders, checks: { not_empty: orders.length > 0 } }) }
        : {}),
      ...(context.selectedAssets.has("users")
        ? { users: materializeResult({ value: ["ada"], checks: { not_empty: true } }) }
        : {}),
    }),
  );
}

test("each asset of a multi-asset reports checks of its own, also under the same name", async () => {
  const result = await materialize([loadShop([1])]);

  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
    { assetKey: "orders", checkName: "not_empty", passed: true, stepKey: "load_shop" },
    { assetKey: "users", checkName: "not_empty", passed: true },
  ]);
});

test("a blocking check of one asset stops what is downstream after all results are reported", async () => {
  const { orders, users } = loadShop([]).assets;
  const report = asset("report", { deps: [orders] }, (_context, values) => values.length);

  const result = await materialize([orders, users, report], { throwOnFailure: false });

  expect(result.eventsOf("ASSET_CHECK_EVALUATION").map(({ passed }) => passed)).toEqual([false, true]);
  expect(result.eventsOf("ASSET_MATERIALIZATION").map(({ assetKey }) => assetKey)).toEqual([
    "orders",
    "users",
  ]);
  expect(result.outcome).toBe("FAILURE");
});

test("checks of assets that are not asked for are not expected", async () => {
  const result = await materialize([loadShop([1]).assets.users]);

  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ assetKey: "users" }]);
  expect(result.eventsOf("LOG")).toEqual([]);
});

test("a check that the asset does not declare fails the step", async () => {
  const shop = multiAsset("shop", { assets: { orders: assetSpec<number>() } }, () => ({
    orders: materializeResult({ value: 1, checks: { unknown: true } }),
  }));
  const result = await materialize([shop], { throwOnFailure: false });

  expect(result.eventsOf("STEP_FAILURE")).toMatchObject([{ error: { code: "invalid_step_result" } }]);
});

test("a check of the table is evaluated once by a call that makes several partitions, others for each", async () => {
  const table = multiAsset(
    "table",
    {
      assets: {
        rows: assetSpec<void>({
          checks: [checkSpec("unique", { partitions: "none", blocking: true }), checkSpec("complete")],
        }),
      },
      partitions: daily({ start: "2024-01-01" }),
      backfill: singleRun(),
    },
    () => ({ rows: materializeResult({ checks: { unique: false, complete: true } }) }),
  );
  const below = asset(
    "below",
    { after: [table.assets.rows], partitions: daily({ start: "2024-01-01" }) },
    () => 1,
  );

  const result = await materialize([table, below], {
    partitionRange: { start: "2024-01-01", end: "2024-01-03" },
    throwOnFailure: false,
  });

  const evaluated = result.eventsOf("ASSET_CHECK_EVALUATION");
  expect(evaluated.map(({ checkName, partition }) => [checkName, partition])).toEqual([
    ["complete", "2024-01-01"],
    ["complete", "2024-01-02"],
    ["complete", "2024-01-03"],
    ["unique", null],
  ]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")).toHaveLength(3);
  expect(result.eventsOf("STEP_FAILURE").map(({ stepKey }) => stepKey)).toEqual(["table"]);
});

test("of results by partition, the last one that tells of a check of the table counts", async () => {
  const unique = checkSpec("unique", { partitions: "none" });
  const table = asset(
    "table",
    { checks: [unique], partitions: daily({ start: "2024-01-01" }), backfill: singleRun() },
    (context) =>
      Object.fromEntries(
        context.partitionKeys.map((key, index) => [
          key,
          materializeResult({ value: key, ...(index === 1 ? { checks: { unique: true } } : {}) }),
        ]),
      ),
  );

  const result = await materialize([table], { partitionRange: { start: "2024-01-01", end: "2024-01-03" } });
  const one = await materialize([table], { partitionKey: "2024-01-05", throwOnFailure: false });

  expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ passed: true, partition: null }]);
  expect(one.eventsOf("LOG")[0]?.message).toBe('The step did not report its check "unique" of table');
});
