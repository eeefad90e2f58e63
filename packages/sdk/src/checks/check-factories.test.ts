import { systemClock } from "@millrace/model/time/clock";
import { describe, expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import type { Asset } from "../assets/asset-definition.ts";
import { materializeResult, observeResult } from "../assets/asset-result.ts";
import { externalAsset, observableAsset } from "../assets/external-asset.ts";
import { memoryRunInstance, type MemoryRunInstance } from "../context/memory-run-instance.ts";
import { freshness } from "../freshness/freshness.ts";
import { metadata, type MetadataRecord } from "../metadata/metadata.ts";
import { daily, staticPartitions } from "../partitions/partitions.ts";
import { materialize } from "../testing/execute.ts";
import { sensedMaterialization } from "../testing/sensed.ts";
import type { AssetCheck } from "./asset-check.ts";
import { columnChangeChecks } from "./column-change-checks.ts";
import { freshnessChecks } from "./freshness-checks.ts";
import { partitionFreshnessChecks } from "./partition-freshness-checks.ts";
import { rowCountAnomalyChecks } from "./row-count-checks.ts";

const HOUR = 3600;
const at = (text: string): Date => new Date(`2026-03-10T${text}:00Z`);
const clockAt = (text: string) => ({ clock: { ...systemClock, now: () => at(text).getTime() } });

/** What the checks of assets say, evaluated alone. */
async function evaluate(
  checks: readonly AssetCheck[],
  options: Parameters<typeof materialize>[1] = {},
): Promise<object[]> {
  const result = await materialize(checks, options);
  return result
    .eventsOf("ASSET_CHECK_EVALUATION")
    .map(({ assetKey, passed, severity, message, partition, metadata: said }) => ({
      assetKey,
      passed,
      severity,
      message,
      partition,
      metadata: said,
    }));
}

const madeAt = (target: Asset, text: string): MemoryRunInstance =>
  memoryRunInstance({ materializations: [sensedMaterialization(target, { timestamp: at(text) })] });

describe("freshness", () => {
  const orders = asset("orders", () => 1);
  const policy = freshness.timeWindow({ failSeconds: 4 * HOUR, warnSeconds: 2 * HOUR });
  const checks = freshnessChecks({ assets: [orders], policy });

  test.each([
    ["08:30", true, "ERROR"],
    ["10:30", false, "WARN"],
    ["12:30", false, "ERROR"],
  ])("by age, at %s: passed %s, severity %s", async (now, passed, severity) => {
    const [result] = await evaluate(checks, { instance: madeAt(orders, "08:00"), ...clockAt(now) });

    expect(result).toMatchObject({ assetKey: "orders", passed, severity, partition: null });
  });

  test("says when it was updated, how long ago that is and what was to be", async () => {
    const [result] = await evaluate(checks, { instance: madeAt(orders, "08:00"), ...clockAt("10:30") });

    expect(result).toMatchObject({
      message: "Last updated 2026-03-10T08:00:00Z, 2 h 30 min ago; it warns from 2 h on, fails from 4 h on",
      metadata: {
        last_updated_timestamp: { timestamp: at("08:00").getTime() / 1000 },
        age_seconds: { value: 9_000 },
        next_change: { timestamp: at("12:00").getTime() / 1000 },
      },
    });
  });

  test("by deadline", async () => {
    const byNine = freshness.cron("0 9 * * *", { lowerBoundSeconds: 2 * HOUR });
    const due = freshnessChecks({ assets: [orders], policy: byNine, severity: "WARN" });

    const early = await evaluate(due, { instance: madeAt(orders, "06:00"), ...clockAt("10:00") });
    const inTime = await evaluate(due, { instance: madeAt(orders, "08:00"), ...clockAt("10:00") });

    expect([...early, ...inTime]).toMatchObject([
      { passed: false, severity: "WARN", message: expect.stringContaining("at each 0 9 * * * (UTC)") },
      { passed: true },
    ]);
  });

  test("what was never made is not fresh; what the run makes itself is", async () => {
    const instance = memoryRunInstance();

    const never = await evaluate(checks, { instance, ...clockAt("10:00") });
    const made = await materialize([orders, ...checks], { instance, ...clockAt("10:00") });

    expect(never).toMatchObject([
      { passed: false, message: "Nobody can say how fresh it is: It has never been materialized" },
    ]);
    expect(made.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ passed: true }]);
  });

  test("a partitioned asset is looked at as a whole, also in a run of one partition", async () => {
    const days = asset("days", { partitions: staticPartitions(["mon", "tue"]) }, () => 1);
    const whole = freshnessChecks({ assets: [days], policy });
    const instance = memoryRunInstance({
      materializations: [sensedMaterialization(days, { partitionKey: "tue", timestamp: at("08:00") })],
    });

    expect(await evaluate(whole, { instance, ...clockAt("09:00") })).toMatchObject([{ passed: true }]);
    const result = await materialize([days, ...whole], {
      instance,
      partitionKey: "mon",
      ...clockAt("23:00"),
    });
    expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([{ passed: true, partition: null }]);
  });

  describe("of what others make", () => {
    /** Looks at a source at each of these times, and then checks it at 12:00. */
    async function observeThenCheck(
      seen: readonly (readonly [string, Parameters<typeof observeResult>[0]])[],
    ) {
      const instance = memoryRunInstance();
      for (const [time, result] of seen) {
        const looked = observableAsset("source", {}, () => observeResult(result));
        await materialize([looked], { instance, ...clockAt(time) });
      }
      const source = observableAsset("source", {}, () => observeResult({}));
      const [result] = await evaluate(freshnessChecks({ assets: [source], policy }), {
        instance,
        ...clockAt("12:00"),
      });
      return result;
    }

    test("the newest observation may say when it changed", async () => {
      const updated = { metadata: { last_updated_timestamp: metadata.timestamp(at("07:00")) } };

      expect(await observeThenCheck([["11:00", updated]])).toMatchObject({
        passed: false,
        severity: "ERROR",
        metadata: { age_seconds: { value: 5 * HOUR } },
      });
    });

    test("else it changed when its data version was first observed", async () => {
      const seen = await observeThenCheck([
        ["07:00", { dataVersion: "1" }],
        ["09:00", { dataVersion: "2" }],
        ["10:00", {}],
        ["11:00", { dataVersion: "2" }],
      ]);

      expect(seen).toMatchObject({ severity: "WARN", metadata: { age_seconds: { value: 3 * HOUR } } });
    });

    test("observations that say neither leave it unknown", async () => {
      expect(await observeThenCheck([["11:00", {}]])).toMatchObject({
        passed: false,
        message: expect.stringContaining("neither a data version nor `last_updated_timestamp`"),
      });
    });

    test("what is reported of an external asset counts", async () => {
      const source = externalAsset("external");

      const [result] = await evaluate(freshnessChecks({ assets: [source], policy }), {
        instance: madeAt(source, "11:00"),
        ...clockAt("12:00"),
      });

      expect(result).toMatchObject({ passed: true });
    });
  });
});

describe("freshness of partitions", () => {
  const sales = asset("sales", { partitions: daily({ start: "2026-03-01" }) }, () => 1);
  const checks = partitionFreshnessChecks({ assets: [sales], deadlineCron: "0 9 * * *" });
  const made = (partitionKey: string) =>
    memoryRunInstance({ materializations: [sensedMaterialization(sales, { partitionKey })] });

  test("the partition that had ended by the last deadline must be there", async () => {
    const [missing] = await evaluate(checks, { instance: made("2026-03-08"), ...clockAt("09:30") });
    const [there] = await evaluate(checks, { instance: made("2026-03-09"), ...clockAt("09:30") });
    const [before] = await evaluate(checks, { instance: made("2026-03-08"), ...clockAt("08:30") });

    expect(missing).toMatchObject({
      passed: false,
      severity: "ERROR",
      partition: null,
      message: "Partition 2026-03-09, due by 2026-03-10T09:00:00Z, is missing",
    });
    expect([there, before]).toMatchObject([{ passed: true }, { passed: true }]);
  });

  test("an asset without partitions of time is refused", () => {
    const plain = asset("plain", () => 1);

    expect(() => partitionFreshnessChecks({ assets: [plain], deadlineCron: "0 9 * * *" })).toThrow(
      /"plain:partition_freshness" .*use freshnessChecks/,
    );
    expect(() => partitionFreshnessChecks({ assets: [sales], deadlineCron: "at nine" })).toThrow(
      "not a valid cron expression",
    );
  });
});

/** Makes an asset again and again, with this metadata, and says what its check found each time. */
async function makeEach(
  all: readonly MetadataRecord[],
  toChecks: (assets: readonly Asset[]) => AssetCheck[],
): Promise<readonly { readonly passed: boolean; readonly message: string }[]> {
  const instance = memoryRunInstance();
  let next = 0;
  const table = asset("table", () => materializeResult({ metadata: all[next] ?? {} }));
  const checks = toChecks([table]);
  const said = [];
  for (; next < all.length; next++) {
    const result = await materialize([table, ...checks], {
      instance,
      clock: { ...systemClock, now: () => at("08:00").getTime() + next * 1000 },
    });
    said.push(...result.eventsOf("ASSET_CHECK_EVALUATION"));
  }
  return said;
}

describe("columns", () => {
  const schema = (...columns: string[]) => ({
    column_schema: metadata.tableSchema(columns.map((name) => ({ name, type: "text" }))),
  });

  test("those of before are compared, and what changed is said", async () => {
    const said = await makeEach(
      [schema("id"), schema("id"), schema("id", "total"), {}, schema("total")],
      (assets) => columnChangeChecks({ assets }),
    );

    expect(said.map(({ passed, message }) => [passed, message])).toEqual([
      [true, "There is nothing before to compare with"],
      [true, "No column has changed"],
      [false, "total was added"],
      [false, "What was made last says nothing of its columns: it has no metadata `column_schema`"],
      [false, "id was removed"],
    ]);
    expect(said[2]).toMatchObject({
      severity: "WARN",
      metadata: { changes: { records: [{ column: "total", change: "added" }] }, change_count: { value: 1 } },
    });
  });
});

describe("row counts", () => {
  const counts = (...rows: number[]) => rows.map((row_count) => ({ row_count }));

  test("one far from what is usual does not pass, and the next usual one does", async () => {
    const said = await makeEach(counts(100, 104, 97, 101, 0, 99, 103), (assets) =>
      rowCountAnomalyChecks({ assets, leastHistory: 4 }),
    );

    expect(said.map(({ passed }) => passed)).toEqual([true, true, true, true, false, true, true]);
    expect(said[3]?.message).toBe("101 rows; only 3 of 4 counts to compare with yet");
    expect(said[4]).toMatchObject({
      severity: "WARN",
      message: "0 rows, where 91 to 110 are usual",
      metadata: { row_count: { value: 0 }, compared_with: { value: 4 }, median: { value: 100.5 } },
    });
  });

  test("a partition is compared with the others, each as it was made last", async () => {
    const days = asset("days", { partitions: staticPartitions(["a", "b", "c", "d"]) }, () =>
      materializeResult({ metadata: { row_count: 1_000 } }),
    );
    const earlier: readonly (readonly [string, number])[] = [
      ["a", 7],
      ["a", 100],
      ["b", 104],
      ["c", 96],
      ["d", 1],
    ];
    const instance = memoryRunInstance({
      materializations: earlier.map(([partitionKey, row_count]) =>
        sensedMaterialization(days, { partitionKey, metadata: { row_count: metadata.int(row_count) } }),
      ),
    });

    const checks = rowCountAnomalyChecks({ assets: [days], leastHistory: 3 });
    const result = await materialize([days, ...checks], { instance, partitionKey: "d" });

    expect(result.eventsOf("ASSET_CHECK_EVALUATION")).toMatchObject([
      { partition: "d", passed: false, metadata: { compared_with: { value: 3 }, median: { value: 100 } } },
    ]);
  });

  test("what has no count is told, and numbers that make no sense are refused", async () => {
    expect(await makeEach([{}], (assets) => rowCountAnomalyChecks({ assets }))).toMatchObject([
      { passed: false, message: expect.stringContaining("no number as metadata `row_count`") },
    ]);
    expect(() => rowCountAnomalyChecks({ assets: [], lookBack: 3 })).toThrow(
      "`lookBack` must be a number from 7 on, not 3",
    );
  });
});
