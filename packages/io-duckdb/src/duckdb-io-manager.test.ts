import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  asset,
  daily,
  definitions,
  loadAssetValue,
  metadata,
  monthly,
  multiPartitions,
  singleRun,
  staticPartitions,
  withConfig,
  type Asset,
  type IoManager,
} from "millrace";
import { materialize } from "millrace/testing";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { duckdbDatabase } from "./duckdb-database.ts";
import { duckdbIoManager } from "./duckdb-io-manager.ts";

let folder: string;
let path: string;
let tables: IoManager;
const lakeAt = (path: string, lockTimeoutSeconds = 30) =>
  withConfig(duckdbDatabase("lake"), { path, lockTimeoutSeconds });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-duckdb-"));
  path = join(folder, "data", "lake.duckdb");
  tables = duckdbIoManager("tables", lakeAt(path));
});
afterAll(() => rm(folder, { recursive: true }));

/** Makes an asset in a run of its own. */
const make = (target: Asset, partitionKey?: string) =>
  materialize([target], { ioManagers: { tables }, ...(partitionKey === undefined ? {} : { partitionKey }) });
/** What an SQL query gives, in a run of its own that uses the database by itself. */
async function query(sql: string): Promise<unknown[]> {
  const answer = asset("answer", { resources: { lake: lakeAt(path) } }, ({ resources }) =>
    resources.lake.use(async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJS()),
  );
  return (await materialize([answer])).value(answer);
}
/** The message of what went wrong. */
const failure = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "nothing",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

test("rows become a table named after the asset's key, and come back as they were", async () => {
  const rows = [
    {
      name: "ä'\"",
      ratio: -0,
      count: 2n ** 60n,
      ok: true,
      at: new Date(1),
      bytes: Buffer.from([0, 255]),
      tags: { a: [1, null, "x"] },
      list: [1],
      note: null,
    },
    {
      name: "",
      ratio: Number.NaN,
      count: -1n,
      ok: false,
      at: new Date(0),
      bytes: Buffer.alloc(0),
      tags: {},
      list: [],
      note: null,
    },
  ];
  const orders = asset("shop/eu/orders", { ioManager: tables }, () => rows);
  const copy = asset("copy", { deps: [orders] }, (_context, loaded) => loaded);

  const result = await materialize([orders, copy], { ioManagers: { tables } });

  expect(result.value(copy)).toEqual(rows);
  expect(result.eventsOf("ASSET_MATERIALIZATION")[0]?.metadata).toMatchObject({
    table: { text: '"shop__eu"."orders"' },
    row_count: { value: 2 },
    column_schema: {
      columns: [
        { name: "name", type: "VARCHAR" },
        { name: "ratio", type: "DOUBLE" },
        { name: "count", type: "BIGINT" },
        { name: "ok", type: "BOOLEAN" },
        { name: "at", type: "TIMESTAMP WITH TIME ZONE" },
        { name: "bytes", type: "BLOB" },
        { name: "tags", type: "JSON" },
        { name: "list", type: "JSON" },
        { name: "note", type: "VARCHAR" },
      ],
    },
  });
});

test("making an asset again replaces its rows and adds columns", async () => {
  let rows: Record<string, unknown>[] = [{ id: 1n, note: null }, { id: 2n }];
  const replaced = asset("replaced", { ioManager: tables }, () => rows);
  await make(replaced);

  rows = [{ id: 3n, note: 1.5, extra: "new" }, { id: 4n }];
  await make(replaced);

  expect(await query("select * from replaced order by id")).toEqual([
    { id: 3n, note: 1.5, extra: "new" },
    { id: 4n, note: null, extra: null },
  ]);
});

test("a partition replaces its own rows only, by instants, months or keys", async () => {
  let version = 1;
  const byInstant = asset(
    "by_instant",
    {
      partitions: daily({ start: "2024-03-30", timezone: "Europe/Berlin" }),
      ioManager: tables,
      metadata: { partition_expr: "made_at" },
    },
    ({ partitionWindow: { start, end } }) => [
      { version, made_at: start },
      { version, made_at: new Date(end.getTime() - 1) },
    ],
  );
  const byMonth = asset(
    "by_month",
    {
      partitions: monthly({ start: "2024-01-01" }),
      ioManager: tables,
      metadata: { partition_expr: "day", columns: metadata.tableSchema([{ name: "day", type: "DATE" }]) },
    },
    ({ partitionKey }) => [{ day: `${partitionKey.slice(0, 8)}28`, version }],
  );
  const byKey = asset(
    "by_key",
    { partitions: staticPartitions(["1", "2"]), ioManager: tables, metadata: { partition_expr: "id" } },
    ({ partitionKey }) => [{ id: BigInt(partitionKey), version }],
  );
  const makeAll = async (day: string, month: string, key: string): Promise<void> => {
    await make(byInstant, day);
    await make(byMonth, month);
    await make(byKey, key);
  };
  await makeAll("2024-03-30", "2024-01-01", "1");
  await makeAll("2024-03-31", "2024-02-01", "2");
  version = 2;
  await makeAll("2024-03-31", "2024-02-01", "2");

  expect(await query("select version from by_instant order by made_at")).toEqual(
    [1, 1, 2, 2].map((version) => ({ version })),
  );
  expect(await query("select day, version from by_month order by day")).toEqual([
    { day: new Date("2024-01-28"), version: 1 },
    { day: new Date("2024-02-28"), version: 2 },
  ]);
  const defs = definitions({ assets: [byInstant, byKey] });
  // The day on which the clocks go forward has 23 hours.
  expect(await loadAssetValue(defs, byInstant, { partitionKey: "2024-03-31" })).toMatchObject([
    { made_at: new Date("2024-03-30T23:00:00Z") },
    { made_at: new Date("2024-03-31T21:59:59.999Z") },
  ]);
  expect(await loadAssetValue(defs, byKey, { partitionKeys: ["1", "2"] })).toEqual({
    1: [{ id: 1n, version: 1 }],
    2: [{ id: 2n, version: 2 }],
  });
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
      ioManager: tables,
      metadata: { partition_expr: { day: "strptime(day, '%Y-%m-%d')", country: "lower(country)" } },
    },
    ({ partitionDimensions: { day, country } }) => [{ day, country: country.toUpperCase(), version }],
  );
  await make(sales, "de|2024-01-01");
  await make(sales, "it's|2024-01-01");
  version = 2;
  await make(sales, "it's|2024-01-01");

  expect(await query("select country, version from sales order by 1")).toEqual([
    { country: "DE", version: 1 },
    { country: "IT'S", version: 2 },
  ]);
});

test("partitions that one run makes at once are replaced and loaded one by one", async () => {
  const partitions = daily({ start: "2024-01-01" });
  const rows = asset(
    "several",
    { partitions, backfill: singleRun(), ioManager: tables, metadata: { partition_expr: "day" } },
    ({ partitionKeys }) =>
      Object.fromEntries(partitionKeys.map((day) => [day, [{ day, of: partitionKeys.length }]])),
  );
  const partitionRange = { start: "2024-01-01", end: "2024-01-03" };
  await materialize([rows], { ioManagers: { tables }, partitionRange });
  await make(rows, "2024-01-02");

  const partitionKeys = ["2024-01-01", "2024-01-02", "2024-01-03"];
  expect(await loadAssetValue(definitions({ assets: [rows] }), rows, { partitionKeys })).toEqual({
    "2024-01-01": [{ day: "2024-01-01", of: 3 }],
    "2024-01-02": [{ day: "2024-01-02", of: 1 }],
    "2024-01-03": [{ day: "2024-01-03", of: 3 }],
  });
});

test("rows that belong to another partition are refused, and nothing changes", async () => {
  let name = "a";
  const astray = asset(
    "astray",
    { partitions: staticPartitions(["a", "b"]), ioManager: tables, metadata: { partition_expr: "name" } },
    () => [{ name }, { name: "a" }],
  );
  await make(astray, "a");
  name = "b";

  expect(await failure(make(astray, "a"))).toMatch(
    /1 of 2 rows of asset "astray" do not belong to its partition a, seen from name: nothing is stored/,
  );
  expect(await query("select name from astray")).toEqual([{ name: "a" }, { name: "a" }]);
});

test("values of other kinds than a column holds are refused; an integer column is never rounded", async () => {
  let value: unknown = 1;
  const typed = asset(
    "typed",
    { partitions: staticPartitions(["1", "2"]), ioManager: tables, metadata: { partition_expr: "key" } },
    ({ partitionKey }) => [{ key: partitionKey, value }],
  );
  const columns = metadata.tableSchema([
    { name: "id", type: "INTEGER" },
    { name: "labels", type: "VARCHAR[]" },
    { name: "price", type: "DECIMAL(10,2)" },
  ]);
  const declared = asset("declared", { ioManager: tables, metadata: { columns } }, () => [
    { id: value, labels: ["a", "b"], price: 9.99 },
  ]);
  await make(typed, "1");
  await make(declared);
  expect(await loadAssetValue(definitions({ assets: [declared] }), declared)).toEqual([
    { id: 1, labels: ["a", "b"], price: 9.99 },
  ]);

  value = 1.5;
  expect(await failure(make(declared))).toContain("which is of type INTEGER");
  value = "text";
  expect(await failure(make(typed, "2"))).toContain('brings texts for column "value"');
});

test("two assets never share a table, not even by the case of its name", async () => {
  await make(asset("mine", { ioManager: tables }, () => [{ id: 1 }]));

  expect(await failure(make(asset("Mine", { ioManager: tables }, () => [{ id: 2 }])))).toContain(
    'Table "main"."Mine" belongs to asset "mine"',
  );
});

test("runs of one process store and load at once", async () => {
  const race = asset(
    "race",
    { partitions: staticPartitions(["a", "b"]), ioManager: tables, metadata: { partition_expr: "key" } },
    ({ partitionKey }) => Array.from({ length: 50 }, (_, number) => ({ key: partitionKey, number })),
  );

  await Promise.all(["a", "b", "a", "b", "a", "b"].map((key) => make(race, key)));

  expect(await query("select key, count(*)::int as n from race group by 1 order by 1")).toEqual([
    { key: "a", n: 50 },
    { key: "b", n: 50 },
  ]);
});

test("a file that another process has open is waited for, and named when it takes too long", async () => {
  const busy = join(folder, "busy.duckdb");
  const rows = asset("rows", { ioManager: tables }, () => [{ id: 1 }]);
  const store = (lockTimeoutSeconds: number) =>
    materialize([rows], {
      ioManagers: { tables: duckdbIoManager("tables", lakeAt(busy, lockTimeoutSeconds)) },
    });
  const holder = spawn(process.execPath, [fileURLToPath(import.meta.resolve("./hold-file.ts")), busy], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void holder.kill());
  await once(holder.stdout, "data");

  expect(await failure(store(0.1))).toMatch(`in use by process ${holder.pid} for 0.1 s`);
  const waiting = store(30);
  holder.stdin.end();

  expect((await waiting).succeeded).toBe(true);
});
