import { describe, expect, test } from "vitest";
import type { PartitionsDefinition } from "./definition.ts";
import { countPartitionKeys, listPartitionKeys } from "./partition-keys.ts";
import { endOfRow, findPartitionPlace, partitionsBackFrom, type DynamicNumbers } from "./partition-places.ts";
import { windowGrid } from "./window-grid.ts";
import { numberOfWindow, windowStartOf } from "./window-numbers.ts";

const NOW = Date.parse("2025-06-15T12:00:00Z");
const DYNAMIC: DynamicNumbers = { files: { keys: ["a", "b", "c"], numbers: [3, 8, 120] } };
const KEYS = { files: ["a", "b", "c"] };

const berlin = { type: "hourly", start: "2025-03-20", timezone: "Europe/Berlin" } as const;
const workdays = {
  type: "daily",
  start: "2025-01-01",
  exclusions: [{ cron: "0 0 * * 6" }, { cron: "0 0 * * 0" }, { at: "2025-05-01" }],
} as const;
const colors = { type: "static", keys: ["red", "green", "blue"] } as const;
const sizes = { type: "static", keys: ["s", "m"] } as const;
const files = { type: "dynamic", name: "files" } as const;
const multi = (dimensions: Extract<PartitionsDefinition, { type: "multi" }>["dimensions"]) =>
  ({ type: "multi", dimensions }) as const;

describe.each<[string, PartitionsDefinition]>([
  ["hours over a change of clocks", berlin],
  ["days with exclusions", workdays],
  ["days of a schedule", { type: "cron", cron: "30 3 */2 * *", start: "2024-12-03", format: "%Y/%m/%d" }],
  ["static keys", colors],
  ["dynamic keys", files],
  ["static by static", multi({ color: colors, size: sizes })],
  ["days by static by static", multi({ day: workdays, color: colors, size: sizes })],
  ["static by hours", multi({ a: sizes, b: { ...berlin, start: "2025-06-01" } })],
  ["days by dynamic", multi({ file: files, day: workdays, size: sizes })],
  ["days by days", multi({ made: workdays, sold: { type: "monthly", start: "2024-11-01" } })],
  ["dynamic by dynamic by days by static", multi({ a: files, b: files, day: workdays, size: sizes })],
])("%s", (_what, definition) => {
  const all = [...partitionsBackFrom(definition, null, NOW, DYNAMIC)];

  test("each partition that exists has a place of its own, which its key leads to", () => {
    expect(new Set(all.map(({ key }) => key))).toEqual(new Set(listPartitionKeys(definition, NOW, KEYS)));
    expect(all).toHaveLength(countPartitionKeys(definition, NOW, KEYS));
    expect(new Set(all.map(({ place }) => JSON.stringify(place))).size).toBe(all.length);
    for (const { key, place } of all) {
      expect(findPartitionPlace(definition, key, DYNAMIC)).toEqual(place);
      expect(place.number).toBeLessThan(endOfRow(definition, place.row, NOW) ?? 0);
    }
  });

  test("one goes on from any place", () => {
    const step = Math.max(1, Math.floor(all.length / 40));
    for (let index = 0; index < all.length; index += step) {
      const from = all[index]?.place ?? null;
      expect([...partitionsBackFrom(definition, from, NOW, DYNAMIC).take(5)]).toEqual(
        all.slice(index, index + 5),
      );
    }
  });
});

test("what is no key has no place; what does not exist yet lies behind the end", () => {
  expect(findPartitionPlace(workdays, "2025-05-01", {})).toBeNull();
  expect(findPartitionPlace(workdays, "2024-12-31", {})).toBeNull();
  expect(findPartitionPlace(colors, "pink", {})).toBeNull();
  expect(findPartitionPlace(multi({ color: colors, size: sizes }), "red", {})).toBeNull();
  expect(findPartitionPlace(files, "z", DYNAMIC)).toBeNull();
  expect(findPartitionPlace(workdays, "2025-06-16", {})?.number).toBeGreaterThanOrEqual(
    endOfRow(workdays, "", NOW) ?? 0,
  );
});

test("a place in a million hours is found without walking to it", () => {
  const grid = windowGrid({ type: "hourly", start: "1911-01-01" });
  const start = Date.parse("1950-07-14T05:00:00Z");

  const number = numberOfWindow(grid, start);

  expect(number).toBe((start - Date.parse("1911-01-01T00:00:00Z")) / 3_600_000);
  expect(windowStartOf(grid, number, NOW)).toBe(start);
  expect(windowStartOf(grid, 2_000_000, NOW)).toBeNull();
});
