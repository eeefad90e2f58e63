import { expect, test } from "vitest";
import { explainInvalidName, isValidName, NAMED_THINGS } from "./names.ts";

test("plain names are valid everywhere", () => {
  for (const thing of NAMED_THINGS)
    expect([thing, isValidName(thing, "daily_orders_2")]).toEqual([thing, true]);
});

test("groups may be nested, parts of asset keys may have dots and dashes, pools only dislike spaces", () => {
  expect(isValidName("group", "marketing/email")).toBe(true);
  expect(isValidName("op", "marketing/email")).toBe(false);
  expect(isValidName("asset_name", "daily.orders-v2")).toBe(true);
  expect(isValidName("pool", "db-1.main:eu")).toBe(true);
});

test("an invalid name is explained", () => {
  expect(explainInvalidName("op", "fine")).toBeNull();
  expect(explainInvalidName("op", "config")).toContain("reserved");
  expect(explainInvalidName("op", "a b")).toContain('letters, digits and "_"');
  expect(explainInvalidName("group", "a b")).toContain("nested groups");
  expect(explainInvalidName("pool", "a b")).toContain("spaces");
  expect(explainInvalidName("asset_name", "a b")).toContain('"."');
});
