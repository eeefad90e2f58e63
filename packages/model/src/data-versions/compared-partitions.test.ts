import { describe, expect, test } from "vitest";
import type { PartitionsDefinition } from "../partitions/definition.ts";
import { comparedPartitions, MAX_COMPARED_PARTITIONS } from "./compared-partitions.ts";

const daily: PartitionsDefinition = { type: "daily", start: "2024-01-01" };
const hourly: PartitionsDefinition = { type: "hourly", start: "2024-01-01" };
const countries: PartitionsDefinition = { type: "static", keys: ["nl", "be"] };
const files: PartitionsDefinition = { type: "dynamic", name: "files" };
const now = Date.UTC(2024, 0, 4, 12);

describe("the partitions whose versions count", () => {
  test("follow from the mapping of the dependency", () => {
    const edge = { upstream: daily, downstream: daily, mapping: null };
    expect(comparedPartitions(edge, "2024-01-02", now)).toEqual(["2024-01-02"]);
    const before = { ...edge, mapping: { type: "time_window", startOffset: -1, endOffset: -1 } as const };
    expect(comparedPartitions(before, "2024-01-02", now)).toEqual(["2024-01-01"]);
    expect(comparedPartitions(before, "2024-01-01", now)).toEqual([]);
    expect(comparedPartitions({ ...edge, upstream: hourly }, "2024-01-02", now)).toHaveLength(24);
  });

  test("are all of them for an asset without partitions, unless they are very many", () => {
    const edge = { upstream: daily, downstream: null, mapping: null };
    expect(comparedPartitions(edge, null, now)).toEqual(["2024-01-01", "2024-01-02", "2024-01-03"]);
    const later = now + MAX_COMPARED_PARTITIONS * 86_400_000;
    expect(comparedPartitions(edge, null, later)).toEqual([null]);
  });

  test("are the asset as a whole where there are none, or nobody asked for one", () => {
    expect(comparedPartitions({ upstream: null, downstream: daily, mapping: null }, "x", now)).toEqual([
      null,
    ]);
    expect(comparedPartitions({ upstream: daily, downstream: daily, mapping: null }, null, now)).toEqual([
      null,
    ]);
  });

  test("of dynamic ones are the own key, or the asset as a whole", () => {
    const edge = { upstream: files, downstream: files, mapping: null };
    expect(comparedPartitions(edge, "a.csv", now)).toEqual(["a.csv"]);
    expect(comparedPartitions({ ...edge, downstream: null }, null, now)).toEqual([null]);
    const last = { ...edge, downstream: countries, mapping: { type: "last" } as const };
    expect(comparedPartitions(last, "nl", now)).toEqual([null]);
  });

  test("of definitions that do not fit together are the asset as a whole", () => {
    const mapping = { type: "time_window" } as const;
    expect(
      comparedPartitions({ upstream: countries, downstream: daily, mapping }, "2024-01-02", now),
    ).toEqual([null]);
    expect(comparedPartitions({ upstream: daily, downstream: daily, mapping }, "no day", now)).toEqual([
      null,
    ]);
  });
});
