import {
  asset,
  definitions,
  loadAssetValue,
  metadata,
  staticPartitions,
  withConfig,
  type Asset,
  type IoManager,
} from "millrace";
import { materialize } from "millrace/testing";
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

const make = (target: Asset) => materialize([target], { ioManagers: { tables } });
const query = async (sql: string) => (await database.pool.query(sql)).rows as unknown[];
const owned = (table: string, sql: string) =>
  query(`create table ${table} as ${sql}; comment on table ${table} is 'Millrace asset ${table}'`);
const load = (target: Asset<unknown, undefined>) => loadAssetValue(definitions({ assets: [target] }), target);

/** Loads a table that somebody else has made, stores what was loaded, and loads that. */
async function roundTrip(table: string, sql: string): Promise<unknown> {
  await owned(table, sql);
  const loaded = await load(asset(table, { ioManager: tables }, () => 1));
  const again = asset(table, { ioManager: tables }, () => loaded);
  await make(again);
  expect(await load(again)).toEqual(loaded);
  return loaded;
}

test("times of any year and infinite ones come back, and go in again", async () => {
  const rows = await roundTrip(
    "far_times",
    `select date 'infinity' as d, timestamp '-infinity' as t, timestamptz 'infinity' as z
      union all select date '0044-03-15 BC', timestamp '12345-01-01 01:02:03.5', timestamptz '0001-01-01 00:00:00.25+00'
      union all select date '0099-12-31', timestamp '1969-12-31 23:59:59.999', timestamptz '2024-06-01 12:00:00+05:30'`,
  );

  const ancient = new Date("-000043-03-15T00:00:00Z");
  expect(rows).toEqual([
    { d: Number.POSITIVE_INFINITY, t: Number.NEGATIVE_INFINITY, z: Number.POSITIVE_INFINITY },
    { d: ancient, t: new Date("+012345-01-01T01:02:03.500Z"), z: new Date("0001-01-01T00:00:00.250Z") },
    { d: new Date("0099-12-31"), t: new Date(-1), z: new Date("2024-06-01T06:30:00Z") },
  ]);
  expect(await query("select d::text from far_times order by d limit 1")).toEqual([{ d: "0044-03-15 BC" }]);
  await owned("too_far", "select timestamp '290000-01-01' as t");
  await expect(load(asset("too_far", { ioManager: tables }, () => 1))).rejects.toThrow(
    'Column "t" of table "public"."too_far" holds 290000-01-01 00:00:00, which no Date can be',
  );
});

test("values in arrays are read and stored as values alone", async () => {
  const rows = await roundTrip(
    "in_arrays",
    String.raw`select array[date '2024-01-01', null] as dates, array[timestamp '2024-01-01'] as times,
      array[9007199254740993::bigint] as bigs, array['\x00ff'::bytea] as bytes, array[true, false] as bools,
      array['a"b\c', 'NULL', '', 'x,y{}', null] as texts, array[array[1,2],array[3,4]] as nested,
      array[1.5::float8, 'NaN'] as floats, array['{"a":1}'::jsonb] as jsons, '{}'::int[] as none`,
  );

  expect(rows).toEqual([
    {
      dates: [new Date("2024-01-01"), null],
      times: [new Date("2024-01-01")],
      bigs: [9007199254740993n],
      bytes: [Buffer.from([0, 255])],
      bools: [true, false],
      texts: ['a"b\\c', "NULL", "", "x,y{}", null],
      nested: [
        [1, 2],
        [3, 4],
      ],
      floats: [1.5, Number.NaN],
      jsons: [{ a: 1 }],
      none: [],
    },
  ]);
});

test("no digit is lost: decimals, wide integers, numbers within JSON", async () => {
  const rows = await roundTrip(
    "digits",
    `select 1234567.25::numeric(15,2) as short, 12345678901234567.123456::numeric(38,6) as long,
      123456789012345678901234567890::numeric(38,0) as whole, 0.1::numeric as free,
      '{"id":9007199254740993,"f":0.1}'::jsonb as j`,
  );

  expect(rows).toEqual([
    {
      short: 1234567.25,
      long: "12345678901234567.123456",
      whole: 123456789012345678901234567890n,
      free: "0.1",
      j: { id: 9007199254740993n, f: 0.1 },
    },
  ]);
});

test("types of the database's own are stored as texts: intervals, ranges, enums, and arrays of them", async () => {
  await query(
    "create type integration_status as enum ('on', 'off'); create domain positive as int check (value > 0)",
  );
  const columns = metadata.tableSchema([
    { name: "i", type: "interval" },
    { name: "r", type: "int4range" },
    { name: "s", type: "integration_status" },
    { name: "l", type: "integration_status[]" },
    { name: "p", type: "positive" },
    { name: "t", type: "time" },
  ]);
  const row = { i: "1 day", r: "[1,5)", s: "on", l: ["off", "on"], p: 5, t: "12:34:56.789" };
  const typed = asset("own_types", { ioManager: tables, metadata: { columns } }, () => [row]);

  await make(typed);

  expect(await load(typed)).toEqual([row]);
});

test("what the database refuses is named with database, asset, table, column and row", async () => {
  const columns = metadata.tableSchema([
    { name: "code", type: "varchar(3)" },
    { name: "n", type: "smallint" },
  ]);
  const refused = async (rows: object[]): Promise<string> => {
    const target = asset("refused", { ioManager: tables, metadata: { columns } }, () => rows);
    const result = await materialize([target], { ioManagers: { tables }, throwOnFailure: false });
    return result.eventsOf("STEP_FAILURE")[0]?.error.message ?? "";
  };

  expect(await refused([{ code: "abc" }, { code: "abcd" }])).toMatch(
    /The database "warehouse" at .* refused asset "refused" \(table "public"\."refused", column "code", row 1\): value too long/,
  );
  expect(await refused([{ code: "abc", n: 70_000 }])).toContain('column "n", row 0');
  expect(await refused([{ code: "a\0b" }])).toContain(
    'no column can hold a NUL character, as in "code" of row 0',
  );
  expect(await refused([{ j: { k: "a\0b" } }])).toContain(
    'no column can hold a NUL character, as in "j" of row 0',
  );
  expect(await refused([{ [`x${"y".repeat(63)}`]: 1 }])).toContain("is too long for the database (63 bytes)");
  expect(await refused([{ code: "abc", n: 1 }])).toBe("");
  await query("alter table refused add constraint small check (n < 10)");
  expect(await refused([{ code: "abc", n: 11 }])).toMatch(
    /table "public"."refused".*violates check constraint/,
  );
});

test("a table that somebody else has made keeps its rows, and a second asset does not get it either", async () => {
  await query("create table users as select n as id from generate_series(1, 1000) n");
  await query("create table planned (id smallint primary key)");
  const users = asset("users", { ioManager: tables }, () => [{ id: 1 }]);
  const people = asset("people", { ioManager: tables, metadata: { table: "planned" } }, () => [{ id: 1 }]);
  const planned = asset("planned", { ioManager: tables }, () => [{ id: 1 }]);

  await expect(make(users)).rejects.toThrow('Table "public"."users" was not made by Millrace');
  expect(await query("select count(*)::int as n from users")).toEqual([{ n: 1000 }]);
  await make(planned);
  await expect(make(people)).rejects.toThrow('belongs to asset "planned"');
  await query("comment on table users is 'Millrace asset users'");
  await make(users);
  expect(await query("select id from users")).toEqual([{ id: 1 }]);
});

test("partitions whose IO manager has changed are not taken for empty ones", async () => {
  const partitions = staticPartitions(["a", "b"]);
  const moved = asset(
    "moved",
    { partitions, ioManager: tables, metadata: { partition_expr: "name" } },
    ({ partitionKey: name }) => [{ name }],
  );
  await materialize([moved], { ioManagers: { tables }, partitionKey: "a" });

  const loading = loadAssetValue(definitions({ assets: [moved] }), moved, { partitionKeys: ["a", "b"] });
  await expect(loading).rejects.toMatchObject({ code: "value_not_stored" });
  const some = { partitionKeys: ["a", "b"], allowMissing: true };
  expect(await loadAssetValue(definitions({ assets: [moved] }), moved, some)).toEqual({ a: [{ name: "a" }] });
});
