import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { assetSpec } from "../assets/asset-spec.ts";
import { multiAsset } from "../assets/multi-asset.ts";
import { externalAsset } from "../assets/external-asset.ts";
import { DefinitionError } from "../definition/definition-error.ts";
import { freshness } from "./freshness.ts";

test("assets of every kind carry their freshness policy as data", () => {
  const policy = freshness.timeWindow({ failSeconds: 3600 });

  expect(asset("made", { freshnessPolicy: policy }, () => 1).freshnessPolicy).toEqual({
    type: "time_window",
    failSeconds: 3600,
  });
  expect(externalAsset("outside", { freshnessPolicy: policy }).freshnessPolicy).toEqual(policy);
  expect(asset("plain", () => 1).freshnessPolicy).toBeNull();
});

test("a policy of one spec is that asset's alone, and a wrong one names it", () => {
  const policy = freshness.timeWindow({ failSeconds: 3600 });
  const both = multiAsset(
    "both",
    { assets: { fast: assetSpec<void>({ freshnessPolicy: policy }), slow: assetSpec<void>() } },
    () => ({}),
  );
  expect(both.assets.fast.freshnessPolicy).toEqual(policy);
  expect(both.assets.slow.freshnessPolicy).toBeNull();

  const wrong = assetSpec<void>({ freshnessPolicy: freshness.timeWindow({ failSeconds: -1 }) });
  expect(() => multiAsset("both", { assets: { wrong } }, () => ({}))).toThrow(/"wrong" .*failSeconds/);
});

test("a wrong policy names the asset and its place", () => {
  const define = () =>
    asset(
      "orders",
      { freshnessPolicy: freshness.cron("0 9,10 * * *", { lowerBoundSeconds: 7200 }) },
      () => 1,
    );

  expect(define).toThrow(DefinitionError);
  expect(define).toThrow(/asset "orders" .*freshness\.test\.ts:\d+.*lowerBoundSeconds/);
});
