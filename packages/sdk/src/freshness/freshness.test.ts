import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
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
