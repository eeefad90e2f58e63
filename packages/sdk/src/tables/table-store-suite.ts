import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { expect, test } from "vitest";
import { asset } from "../assets/asset.ts";
import type { Asset } from "../assets/asset-definition.ts";
import { definitions } from "../definitions/definitions.ts";
import { loadAssetValue } from "../execution/values/asset-value-loader.ts";
import type { IoManager } from "../io/io-manager.ts";
import { metadata } from "../metadata/metadata.ts";
import { singleRun } from "../partitions/backfill-policy.ts";
import { daily, monthly, multiPartitions, staticPartitions } from "../partitions/partitions.ts";
import { materialize } from "../testing/execute.ts";
import { testMadeValues, testStreams, type Load, type Make } from "./row-stream-suite.ts";
import type { TableStore } from "./table-store.ts";

/**
 * Registers the tests that the IO manager of every database passes. For the test file of a package with a `TableStore`.
 *
 * @param tables Asked inside of the tests; its database is empty at first.
 * @param types The store's own: the database must call them so too.
 */
export function testTableStore(tables: () => IoManager, types: TableStore["columnTypes"]): void {
  const make: Make = (target, partitionKey) =>
    materialize([target], {
      ioManagers: { tables: tables() },
      ...(partitionKey === undefined ? {} : { partitionKey }),
    });
  const load: Load = (target, ...partitionKeys) => {
    const defs = definitions({ assets: [target] });
    return partitionKeys.length === 0
      ? loadAssetValue(defs, target as Asset<unknown, undefined>)
      : loadAssetValue(defs, target as Asset<unknown, PartitionsDefinition>, { partitionKeys });
  };

  testWholeTables(tables, types, make, load);
  testPartitions(tables, make, load);
  testMadeValues(tables, make, load);
  testStreams(tables, make, load);
}

function testWholeTables(
  tables: () => IoManager,
  types: TableStore["columnTypes"],
  make: Make,
  load: Load,
): void {
  test("rows become a table named after the asset's key, and come back as they were", async () => {
    const full = {
      name: "ä'\"",
      ratio: -0,
      count: 2n ** 60n,
      ok: true,
      at: new Date(1),
      bytes: Buffer.from([0, 255]),
      tags: { a: [1, null, "x"] },
      list: [1],
      note: null,
    };
    const empty = { name: "", ratio: Number.NaN, count: -1n, ok: false, at: new Date(0), note: null };
    const rows = [full, { ...empty, bytes: Buffer.alloc(0), tags: {}, list: [] }];
    const orders = asset("shop/eu/orders", { ioManager: tables() }, () => rows);

    const result = await make(orders);

    expect(await load(orders)).toEqual(rows);
    expect(result.eventsOf("ASSET_MATERIALIZATION")[0]?.metadata).toMatchObject({
      table: { text: '"shop__eu"."orders"' },
      row_count: { value: 2 },
      column_schema: {
        columns: [
          { name: "name", type: types.text },
          { name: "ratio", type: types.number },
          { name: "count", type: types.bigint },
          { name: "ok", type: types.boolean },
          { name: "at", type: types.instant },
          { name: "bytes", type: types.bytes },
          { name: "tags", type: types.json },
          { name: "list", type: types.json },
          { name: "note", type: types.null },
        ],
      },
    });
  });

  test("making an asset again replaces its rows and adds columns", async () => {
    let rows: Record<string, unknown>[] = [{ id: 1n, note: null }, { id: 2n }];
    const replaced = asset("replaced", { ioManager: tables() }, () => rows);
    await make(replaced);

    rows = [{ id: 3n, note: 1.5, extra: "new" }, { id: 4n }];
    await make(replaced);

    expect(await load(replaced)).toEqual([
      { id: 3n, note: 1.5, extra: "new" },
      { id: 4n, note: null, extra: null },
    ]);
  });

  test("two assets never share a table", async () => {
    const place = { schema: "shared", table: "t" };
    const one = asset("one", { ioManager: tables(), metadata: place }, () => [{ id: 1 }]);
    const other = asset("other", { ioManager: tables(), metadata: place }, () => [{ id: 2 }]);
    await make(one);

    await expect(make(other)).rejects.toThrow('Table "shared"."t" belongs to asset "one"');
    expect(await load(one)).toEqual([{ id: 1 }]);
  });
}

function testPartitions(tables: () => IoManager, make: Make, load: Load): void {
  test("a partition replaces its own rows only, by instants, dates or keys", async () => {
    let version = 1;
    const byInstant = asset(
      "by_instant",
      {
        partitions: daily({ start: "2024-03-30", timezone: "Europe/Berlin" }),
        ioManager: tables(),
        metadata: { partition_expr: "made_at" },
      },
      ({ partitionWindow: { start, end } }) => [
        { version, made_at: start },
        { version, made_at: new Date(end.getTime() - 1) },
      ],
    );
    const byDate = asset(
      "by_date",
      {
        partitions: monthly({ start: "2024-01-01" }),
        ioManager: tables(),
        metadata: {
          partition_expr: "day",
          columns: metadata.tableSchema([{ name: "day", type: "date" }]),
        },
      },
      ({ partitionKey }) => [{ day: `${partitionKey.slice(0, 8)}28`, version }],
    );
    const byKey = asset(
      "by_key",
      { partitions: staticPartitions(["1", "2"]), ioManager: tables(), metadata: { partition_expr: "id" } },
      ({ partitionKey }) => [{ id: BigInt(partitionKey), version }],
    );
    const makeAll = async (day: string, month: string, key: string): Promise<void> => {
      await make(byInstant, day);
      await make(byDate, month);
      await make(byKey, key);
    };
    await makeAll("2024-03-30", "2024-01-01", "1");
    await makeAll("2024-03-31", "2024-02-01", "2");
    version = 2;
    await makeAll("2024-03-31", "2024-02-01", "2");

    expect(await load(byInstant, "2024-03-30", "2024-03-31")).toEqual({
      "2024-03-30": [
        { version: 1, made_at: new Date("2024-03-29T23:00:00Z") },
        { version: 1, made_at: new Date("2024-03-30T22:59:59.999Z") },
      ],
      // The day on which the clocks go forward has 23 hours.
      "2024-03-31": [
        { version: 2, made_at: new Date("2024-03-30T23:00:00Z") },
        { version: 2, made_at: new Date("2024-03-31T21:59:59.999Z") },
      ],
    });
    expect(await load(byDate, "2024-01-01", "2024-02-01")).toEqual({
      "2024-01-01": [{ day: new Date("2024-01-28"), version: 1 }],
      "2024-02-01": [{ day: new Date("2024-02-28"), version: 2 }],
    });
    expect(await load(byKey, "1", "2")).toEqual({ 1: [{ id: 1n, version: 1 }], 2: [{ id: 2n, version: 2 }] });
  });

  test("partitions of several dimensions are told apart by an expression for each", async () => {
    const partitions = multiPartitions({
      day: daily({ start: "2024-01-01" }),
      country: staticPartitions(["de", "it's"]),
    });
    let version = 1;
    const sales = asset(
      "sales",
      {
        partitions,
        ioManager: tables(),
        metadata: { partition_expr: { day: "cast(day as date)", country: "lower(country)" } },
      },
      ({ partitionDimensions: { day, country } }) => [{ day, country: country.toUpperCase(), version }],
    );
    await make(sales, "de|2024-01-01");
    await make(sales, "it's|2024-01-01");
    version = 2;
    await make(sales, "it's|2024-01-01");

    expect(await load(sales, "de|2024-01-01", "it's|2024-01-01")).toEqual({
      "de|2024-01-01": [{ day: "2024-01-01", country: "DE", version: 1 }],
      "it's|2024-01-01": [{ day: "2024-01-01", country: "IT'S", version: 2 }],
    });
  });

  test("partitions that one run makes at once are replaced and loaded one by one", async () => {
    const several = asset(
      "several",
      {
        partitions: daily({ start: "2024-01-01" }),
        backfill: singleRun(),
        ioManager: tables(),
        metadata: { partition_expr: "day" },
      },
      ({ partitionKeys }) =>
        Object.fromEntries(partitionKeys.map((day) => [day, [{ day, of: partitionKeys.length }]])),
    );
    const partitionRange = { start: "2024-01-01", end: "2024-01-03" };
    await materialize([several], { ioManagers: { tables: tables() }, partitionRange });
    await make(several, "2024-01-02");

    expect(await load(several, "2024-01-01", "2024-01-02", "2024-01-03")).toEqual({
      "2024-01-01": [{ day: "2024-01-01", of: 3 }],
      "2024-01-02": [{ day: "2024-01-02", of: 1 }],
      "2024-01-03": [{ day: "2024-01-03", of: 3 }],
    });
  });

  const ofTwo = (key: string, rowsOf: (partitionKey: string) => object[]): Asset =>
    asset(
      key,
      {
        partitions: staticPartitions(["a", "b"]),
        ioManager: tables(),
        metadata: { partition_expr: "name" },
      },
      ({ partitionKey }) => rowsOf(partitionKey),
    );

  test("rows that belong to another partition are refused, and nothing changes", async () => {
    let name = "a";
    const astray = ofTwo("astray", () => [{ name }, { name: "a" }]);
    await make(astray, "a");
    name = "b";

    await expect(make(astray, "a")).rejects.toThrow(
      '1 of 2 rows of asset "astray" do not belong to its partition a, seen from name: nothing is stored',
    );
    expect(await load(astray, "a")).toEqual({ a: [{ name: "a" }, { name: "a" }] });
    await expect(load(astray, "b")).rejects.toMatchObject({ code: "value_not_stored" });
  });

  test("runs that store at once end up with one value each", async () => {
    const race = ofTwo("race", (name) => Array.from({ length: 50 }, (_, number) => ({ name, number })));

    await Promise.all(["a", "b", "a", "b", "a", "b"].map((key) => make(race, key)));

    const stored = (await load(race, "a", "b")) as Readonly<Record<string, readonly unknown[]>>;
    expect([stored["a"]?.length, stored["b"]?.length]).toEqual([50, 50]);
  });
}
