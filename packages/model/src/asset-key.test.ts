import { expect, test } from "vitest";
import {
  assetKey,
  assetKeyParts,
  assetStepName,
  formatAssetKey,
  isAssetDefinitionKey,
  parseAssetKey,
} from "./asset-key.ts";

test("what an author writes is split at slashes", () => {
  expect(assetKeyParts(assetKey("warehouse/orders"))).toEqual(["warehouse", "orders"]);
  expect(assetKey("warehouse/orders")).toBe(assetKey(["warehouse", "orders"]));
});

test.each([
  [["a"]],
  [["a", "b"]],
  [["a/b", "c"]],
  [["a\\b"]],
  [["a\\/b", "\\"]],
  [["", "a"]],
  [["a", "", "b"]],
])("%j keeps its parts in the canonical text", (parts) => {
  const key = assetKey(parts);
  expect(assetKeyParts(key)).toEqual(parts);
  expect(assetKeyParts(parseAssetKey(key))).toEqual(parts);
});

test("keys with a slash in a part differ from keys with two parts", () => {
  expect(assetKey(["a/b"])).toBe("a\\/b");
  expect(assetKey(["a/b"])).not.toBe(assetKey(["a", "b"]));
  expect(formatAssetKey(assetKey(["a/b"]))).toBe("a/b");
});

test("a definition's key makes a valid step name", () => {
  expect(assetStepName(assetKey("raw/daily.orders-v2"))).toBe("raw__daily_orders_v2");
  expect(isAssetDefinitionKey(assetKey("raw/daily.orders-v2"))).toBe(true);
  for (const key of ["", "a b", "context", "ü"]) expect(isAssetDefinitionKey(assetKey(key))).toBe(false);
  expect(isAssetDefinitionKey(assetKey(["a/b"]))).toBe(false);
});
