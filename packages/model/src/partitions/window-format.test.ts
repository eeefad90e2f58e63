import { expect, test } from "vitest";
import type { TimePartitions } from "./definition.ts";
import { listPartitionKeys } from "./partition-keys.ts";
import { requireTellingFormat } from "./window-format.ts";

const NOW = Date.UTC(2024, 4, 1, 5);

test.each<[string, TimePartitions]>([
  ["two windows a day", { type: "cron", cron: "0 6,14 * * *", start: "2024-04-01", format: "%Y-%m-%d" }],
  ["hours", { type: "hourly", start: "2024-04-30", format: "%Y-%m-%d" }],
  ["weeks as months", { type: "weekly", start: "2024-04-01", format: "%Y-%m" }],
  ["months without years", { type: "monthly", start: "2023-01-01", format: "%m" }],
])("a format that can not tell %s apart is refused", (_name, definition) => {
  expect(() => requireTellingFormat(definition)).toThrow("does not tell windows apart");
  expect(() =>
    requireTellingFormat({
      type: "multi",
      dimensions: { at: definition, b: { type: "static", keys: ["b"] } },
    }),
  ).toThrow("does not tell windows apart");
});

test.each<[string, TimePartitions]>([
  ["a quarter of an hour", { type: "cron", cron: "*/15 * * * *", start: "2024-04-30" }],
  ["two windows a day", { type: "cron", cron: "0 6,14 * * *", start: "2024-04-01" }],
  ["an hour that is there twice", { type: "hourly", start: "2023-10-28", timezone: "Europe/Berlin" }],
  ["a day at six", { type: "cron", cron: "0 6 * * *", start: "2024-04-01" }],
  ["a month", { type: "monthly", start: "2023-01-01", format: "%Y-%m" }],
  ["the only day of its year", { type: "daily", start: "2023-01-01", end: "2023-01-02" }],
])("keys of %s are unique", (_name, definition) => {
  requireTellingFormat(definition);
  const keys = listPartitionKeys(definition, NOW);
  expect(new Set(keys).size).toBe(keys.length);
});

test("a cron whose windows start once a day has days as keys", () => {
  expect(listPartitionKeys({ type: "cron", cron: "30 6 * * *", start: "2024-04-29" }, NOW)).toEqual([
    "2024-04-29",
  ]);
});
