import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import { dep } from "../assets/dependency.ts";
import { materialize } from "../testing/execute.ts";
import { listPartitions } from "./partition-keys.ts";
import { partitionMapping } from "./partition-mapping.ts";
import { daily, hourly } from "./partitions.ts";

const NOW = new Date("2026-12-01T00:00:00Z");

test.each([
  ["America/New_York", "2026-03-08", 23],
  ["Europe/Berlin", "2026-10-25", 25],
  ["Asia/Beirut", "2026-03-29", 23],
  ["Asia/Kolkata", "2026-03-08", 24],
])("a day in %s, %s, is made of %d hours", async (timezone, day, count) => {
  const start = `${day.slice(0, 8)}01`;
  const hours = hourly({ start, timezone });
  const visits = asset("visits", { partitions: hours }, () => 1);
  const perDay = asset(
    "per_day",
    { deps: [visits], partitions: daily({ start, timezone }) },
    (_context, byHour) => Object.keys(byHour).length,
  );
  const values = listPartitions(hours, NOW).map((key) => [visits, 1, key] as const);

  const result = await materialize([perDay], { partitionKey: day, values });

  expect(result.value(perDay, day)).toBe(count);
});

test.each([
  ["2026-11-01-01:00", "2026-11-01-00:00"],
  ["2026-11-01-01:00-0800", "2026-11-01-01:00"],
  ["2026-11-01-02:00", "2026-11-01-01:00-0800"],
])("where an hour is there twice, %s reads the hour before it, %s", async (key, before) => {
  const hours = hourly({ start: "2026-10-31", timezone: "America/Los_Angeles" });
  const visits = asset("visits", { partitions: hours }, () => 1);
  const previous = partitionMapping.timeWindow({ startOffset: -1, endOffset: -1 });
  const change = asset(
    "change",
    { deps: [dep(visits, { partitions: previous })], partitions: hours },
    (_context, byHour) => Object.keys(byHour),
  );
  const values = listPartitions(hours, NOW).map((hour) => [visits, 1, hour] as const);

  const result = await materialize([change], { partitionKey: key, values });

  expect(result.value(change, key)).toEqual([before]);
});
