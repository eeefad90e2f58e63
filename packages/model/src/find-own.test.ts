import { expect, test } from "vitest";
import { findOwn } from "./find-own.ts";
import { partitionKeys } from "./partitions/partition-keys.ts";
import { isValidCron } from "./time/cron-schedule.ts";

test("names that every object has are found only where somebody put them", () => {
  const given = Object.fromEntries([["__proto__", 1]]);

  expect(["constructor", "toString", "__proto__"].map((name) => findOwn({}, name))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(findOwn(given, "__proto__")).toBe(1);
});

test.each(["__proto__", "constructor", "toString"])("dynamic partitions may be called %s", (name) => {
  const definition = { type: "dynamic", name } as const;

  expect([...partitionKeys(definition, 0, {})]).toEqual([]);
  expect([...partitionKeys(definition, 0, Object.fromEntries([[name, ["a"]]]))]).toEqual(["a"]);
  expect(isValidCron(name)).toBe(false);
});
