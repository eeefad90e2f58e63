import {
  asset,
  daily,
  definitions,
  env,
  job,
  loadAssetValue,
  metadata,
  multiPartitions,
  op,
  staticPartitions,
  withConfig,
  type Asset,
  type IoManager,
} from "millrace";
import { executeJob, materialize } from "millrace/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresDatabase } from "./postgres-database.ts";
import { postgresIoManager } from "./postgres-io-manager.ts";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;
let tables: IoManager;
beforeAll(async () => {
  database = await createTestDatabase();
  tables = postgresIoManager("tables", withConfig(postgresDatabase("warehouse"), { url: database.url }));
});
afterAll(() => database[Symbol.asyncDispose]());

/** Makes an asset in a run of its own. */
const make = (target: Asset, partitionKey?: string) =>
  materialize([target], { ioManagers: { tables }, ...(partitionKey === undefined ? {} : { partitionKey }) });
const query = async (sql: string) => (await database.pool.query(sql)).rows as unknown[];
/** The messages of what went wrong. */
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
      at: new Date("1970-01-01T00:00:00Z"),
      bytes: Buffer.alloc(0),
      tags: {},
      list: [],
      note: null,
    },
  ];
  const orders = asset("shop/eu/orders", { ioManager: tables }, () => rows);
  const count = asset("count", { deps: [orders] }, (_context, loaded) => loaded);

  const result = await materialize([orders, count], { ioManagers: { tables } });

  expect(result.value(count)).toEqual(rows);
  expect(result.eventsOf("ASSET_MATERIALIZATION")[0]?.metadata).toMatchObject({
    table: { text: '"shop__eu"."orders"' },
    row_count: { value: 2 },
    column_schema: {
      columns: [
        { name: "name", type: "text" },
        { name: "ratio", type: "double precision" },
        { name: "count", type: "bigint" },
        { name: "ok", type: "boolean" },
        { name: "at", type: "timestamp with time zone" },
        { name: "bytes", type: "bytea" },
        { name: "tags", type: "jsonb" },
        { name: "list", type: "jsonb" },
        { name: "note", type: "text" },
      ],
    },
  });
});

test("making an asset again replaces its rows, keeps its table and adds columns", async () => {
  let rows: Record<string, unknown>[] = [{ id: 1n, note: null }, { id: 2n }];
  const replaced = asset("replaced", { ioManager: tables }, () => rows);
  await make(replaced);
  await query(`create view on_replaced as select id from replaced`);

  rows = [{ id: 3n, note: 1.5, extra: "new" }, { id: 4n }];
  await make(replaced);

  expect(await query("select * from replaced order by id")).toEqual([
    { id: "3", note: 1.5, extra: "new" },
    { id: "4", note: null, extra: null },
  ]);
  expect(await query("select * from on_replaced")).toHaveLength(2);
});

test("a partition replaces its own rows only, by instants, days or keys", async () => {
  const days = daily({ start: "2024-01-01", timezone: "Europe/Berlin" });
  let version = 1;
  const rows = (start: Date, end: Date) => [
    { version, at: start, day: new Date(start.getTime() + 3_600_000) },
    { version, at: new Date(end.getTime() - 1), day: new Date(start.getTime() + 3_600_000) },
  ];
  const byInstant = asset(
    "by_instant",
    { partitions: days, ioManager: tables, metadata: { partition_expr: "at" } },
    ({ partitionWindow: { start, end } }) => rows(start, end),
  );
  const byDay = asset(
    "by_day",
    {
      partitions: days,
      ioManager: tables,
      metadata: { partition_expr: "day", columns: metadata.tableSchema([{ name: "day", type: "date" }]) },
    },
    ({ partitionWindow: { start, end } }) => rows(start, end),
  );
  const byKey = asset(
    "by_key",
    { partitions: staticPartitions(["1", "2"]), ioManager: tables, metadata: { partition_expr: "id" } },
    ({ partitionKey }) => [{ id: Number(partitionKey), version }],
  );
  for (version of [1, 2]) {
    for (const key of version === 1 ? ["2024-01-01", "2024-01-02"] : ["2024-01-02"]) {
      await make(byInstant, key);
      await make(byDay, key);
      await make(byKey, key.slice(-1));
    }
  }

  for (const name of ["by_instant", "by_day"])
    expect(await query(`select version from ${name} order by 1`)).toEqual(
      [1, 1, 2, 2].map((version) => ({ version })),
    );
  expect(await query("select * from by_key order by id")).toEqual([
    { id: 1, version: 1 },
    { id: 2, version: 2 },
  ]);
  const defs = definitions({ assets: [byInstant, byKey] });
  expect(await loadAssetValue(defs, byInstant, { partitionKey: "2024-01-02" })).toMatchObject([
    { at: new Date("2024-01-01T23:00:00Z"), version: 2 },
    { at: new Date("2024-01-02T22:59:59.999Z"), version: 2 },
  ]);
  expect(await loadAssetValue(defs, byKey, { partitionKeys: ["1", "2"] })).toEqual({
    1: [{ id: 1, version: 1 }],
    2: [{ id: 2, version: 2 }],
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
      metadata: { partition_expr: { day: "at::timestamptz", country: "lower(country)" } },
    },
    ({ partitionDimensions: { day, country } }) => [
      { at: `${day}T12:00:00Z`, country: country.toUpperCase(), version },
    ],
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

test("rows that belong to another partition are refused, and nothing changes", async () => {
  let key = "a";
  const astray = asset(
    "astray",
    { partitions: staticPartitions(["a", "b"]), ioManager: tables, metadata: { partition_expr: "name" } },
    () => [{ name: key }, { name: "a" }],
  );
  await make(astray, "a");
  key = "b";

  expect(await failure(make(astray, "a"))).toMatch(
    /1 of 2 rows of asset "astray" do not belong to its partition a, seen from name: nothing is stored/,
  );
  expect(await query("select name from astray")).toEqual([{ name: "a" }, { name: "a" }]);
});

test("runs that store at once end up with one value each", async () => {
  const race = asset(
    "race",
    { partitions: staticPartitions(["a", "b"]), ioManager: tables, metadata: { partition_expr: "key" } },
    ({ partitionKey }) => Array.from({ length: 50 }, (_, number) => ({ key: partitionKey, number })),
  );

  await Promise.all(["a", "b", "a", "b", "a", "b"].map((key) => make(race, key)));

  expect(await query("select key, count(*)::int from race group by 1 order by 1")).toEqual([
    { key: "a", count: 50 },
    { key: "b", count: 50 },
  ]);
});

test("values of other kinds than a column holds are refused, naming the column", async () => {
  let value: unknown = 1;
  const typed = asset("typed", { ioManager: tables }, () => [{ value }]);
  const partitioned = asset(
    "partitioned",
    { partitions: staticPartitions(["1", "2"]), ioManager: tables, metadata: { partition_expr: "key" } },
    ({ partitionKey }) => [{ key: partitionKey, value }],
  );
  await make(typed);
  await make(partitioned, "1");
  value = "text";

  expect(await failure(make(partitioned, "2"))).toContain(
    'Asset "partitioned" brings texts for column "value" of table "public"."partitioned", which is of type double precision',
  );
  // Nothing is left of the old values where all rows are replaced.
  await make(typed);
  expect(await query("select value from typed")).toEqual([{ value: "text" }]);
  value = new Map();
  expect(await failure(make(typed))).toContain('no column can hold a Map, as in "value" of row 0');
});

test("declared columns have their own types, and an empty value needs them", async () => {
  const columns = metadata.tableSchema([
    { name: "id", type: "integer", description: "Counts up" },
    { name: "day", type: "date" },
    { name: "price", type: "numeric(10,2)" },
    { name: "labels", type: "text[]" },
  ]);
  let rows: unknown[] = [];
  const declared = asset("declared", { ioManager: tables, metadata: { columns } }, () => rows);
  const bare = asset("bare", { ioManager: tables }, () => []);

  expect(await failure(make(bare))).toContain("declare them in its metadata");
  await make(declared);
  expect(await loadAssetValue(definitions({ assets: [declared] }), declared)).toEqual([]);
  rows = [{ id: 1, day: "2024-02-29", price: 9.99, labels: ["a", "b"] }];
  const result = await make(declared);

  expect(await loadAssetValue(definitions({ assets: [declared] }), declared)).toEqual([
    { id: 1, day: new Date("2024-02-29"), price: 9.99, labels: ["a", "b"] },
  ]);
  expect(result.eventsOf("ASSET_MATERIALIZATION")[0]?.metadata["column_schema"]).toMatchObject({
    columns: [{ name: "id", type: "integer", description: "Counts up" }, {}, {}, {}],
  });
  rows = [{ id: 1.5 }];
  expect(await failure(make(declared))).toContain("correct the type that its metadata declares");
});

test("two assets never share a table", async () => {
  const metadata = { schema: "shared", table: "t" };
  const one = asset("one", { ioManager: tables, metadata }, () => [{ id: 1 }]);
  const other = asset("other", { ioManager: tables, metadata }, () => [{ id: 2 }]);
  await make(one);

  expect(await failure(make(other))).toContain('Table "shared"."t" belongs to asset "one"');
  expect(await query("select id from shared.t")).toEqual([{ id: 1 }]);
});

test("what is not stored, not rows or not an asset's fails with what to do", async () => {
  const never = asset("never", { ioManager: tables }, () => [{ id: 1 }]);
  const text = asset("text", { ioManager: tables }, () => "rows");
  const nothing = asset("nothing", { ioManager: tables }, () => {});
  const days = asset("days", { ioManager: tables, partitions: staticPartitions(["a"]) }, () => [{ id: 1 }]);
  const one = op("one", () => 1);
  const take = op("take", (_context, _value: number) => {});
  const ops = job("ops", () => void take(one()));

  expect(await failure(loadAssetValue(definitions({ assets: [never] }), never))).toBe(
    'asset "never" has no stored value: materialize it first',
  );
  expect(await failure(make(text))).toContain(
    'The value of asset "text" must be rows, an array of plain objects, not a string',
  );
  expect(await failure(make(days, "a"))).toContain('as in { partition_expr: "day" }');
  expect(await failure(executeJob(ops, { ioManagers: { default: tables } }))).toContain(
    'The IO manager "tables" stores assets, not outputs of ops such as "result" of step "one"',
  );
  await make(nothing);
});

test("a database that can not be reached is named, without who asked for it", async () => {
  const closed = withConfig(postgresDatabase("warehouse"), { url: env("CLOSED_URL"), password: "secret" });
  const rows = asset("rows", { ioManager: postgresIoManager("closed", closed) }, () => [{ id: 1 }]);
  const environmentVariables = { CLOSED_URL: "postgresql://somebody@127.0.0.1:1/warehouse" };

  const loading = loadAssetValue(definitions({ assets: [rows] }), rows, { environmentVariables });

  await expect(loading).rejects.toMatchObject({
    message: 'Resource "warehouse" could not be set up',
    cause: {
      code: "postgres_unreachable",
      message:
        'The database "warehouse" at 127.0.0.1:1/warehouse can not be reached: connect ECONNREFUSED 127.0.0.1:1',
    },
  });
});
