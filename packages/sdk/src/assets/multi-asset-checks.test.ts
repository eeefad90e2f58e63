import { expect, test } from "vitest";
import { checkSpec } from "./check-spec.ts";
import { materialize } from "../testing/execute.ts";
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
