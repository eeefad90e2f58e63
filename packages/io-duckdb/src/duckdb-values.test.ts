import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  asset,
  definitions,
  loadAssetValue,
  metadata,
  withConfig,
  type Asset,
  type IoManager,
} from "millrace";
import { materialize } from "millrace/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { duckdbDatabase } from "./duckdb-database.ts";
import { duckdbIoManager } from "./duckdb-io-manager.ts";

let folder: string;
let tables: IoManager;
const lake = () => withConfig(duckdbDatabase("lake"), { path: join(folder, "lake.duckdb") });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-duckdb-values-"));
  tables = duckdbIoManager("tables", lake());
});
afterAll(() => rm(folder, { recursive: true }));

const make = (target: Asset) => materialize([target], { ioManagers: { tables } });
const load = (target: Asset<unknown, undefined>) => loadAssetValue(definitions({ assets: [target] }), target);

/** Runs SQL of somebody else's. */
async function query(sql: string): Promise<unknown> {
  const asks = asset("asks", { resources: { lake: lake() } }, ({ resources }) =>
    resources.lake.use(async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJson()),
  );
  return (await materialize([asks])).value(asks);
}

/** Loads a table that somebody else has made, stores what was loaded, and loads that. */
async function roundTrip(table: string, sql: string): Promise<unknown> {
  await query(`create table ${table} as ${sql}`);
  await query(`comment on table ${table} is 'Millrace asset ${table}'`);
  const loaded = await load(asset(table, { ioManager: tables }, () => 1));
  const again = asset(table, { ioManager: tables }, () => loaded);
  await make(again);
  expect(await load(again)).toEqual(loaded);
  return loaded;
}

test("a column is the one that is there, whatever the case of its name", async () => {
  let rows: object[] = [{ id: 1 }];
  const cased = asset("cased", { ioManager: tables }, () => rows);
  await make(cased);
  rows = [{ Id: 2 }, { ID: 3 }, { id: null }];
  await make(cased);

  expect(await load(cased)).toEqual([{ id: 2 }, { id: 3 }, { id: null }]);
  rows = [{ Id: 2 }, { ID: 3, Id: 4 }];
  await expect(make(cased)).rejects.toThrow(
    'The value of asset "cased": the database takes the columns "Id" and "ID" of row 1 for one',
  );
});

test("infinite times, wide integers, decimals and times of day are loaded as what can be stored again", async () => {
  const rows = await roundTrip(
    "extremes",
    `select date 'infinity' as d, timestamp '-infinity' as t, 18446744073709551615::ubigint as u,
      (2::hugeint ** 100)::hugeint as h, 12345678901234567.123456::decimal(38,6) as long, 1.25::decimal(9,2) as short,
      time '12:34:56.789' as tod, interval '1 day 2 hours' as i, '0101'::bit as b, 'on'::enum('on','off') as e,
      '{"id":9007199254740993}'::json as j, timestamp_ns '2024-01-01 00:00:00.5' as ns`,
  );

  expect(rows).toEqual([
    {
      d: Number.POSITIVE_INFINITY,
      t: Number.NEGATIVE_INFINITY,
      u: 18446744073709551615n,
      h: 2n ** 100n,
      long: "12345678901234567.123456",
      short: 1.25,
      tod: "12:34:56.789",
      i: "1 day 02:00:00",
      b: "0101",
      e: "on",
      j: { id: 9007199254740993n },
      ns: new Date("2024-01-01T00:00:00.500Z"),
    },
  ]);
});

test("values within lists, structs and maps come back as values alone", async () => {
  const rows = await roundTrip(
    "nested",
    `select [timestamp '2024-01-01', null] as times, ['nan'::double, 1.5] as floats, [9007199254740993] as bigs,
      {'at': date '2024-01-02', 'big': 1::hugeint} as s, map {'k': 1} as m, [[1, 2], []] as lists`,
  );

  expect(rows).toEqual([
    {
      times: [new Date("2024-01-01"), null],
      floats: [Number.NaN, 1.5],
      bigs: [9007199254740993n],
      s: { at: new Date("2024-01-02"), big: 1n },
      m: { k: 1 },
      lists: [[1, 2], []],
    },
  ]);
});

test("a value that its column can not hold is named with column and row", async () => {
  const columns = metadata.tableSchema([
    { name: "n", type: "TINYINT" },
    { name: "day", type: "DATE" },
  ]);
  const refused = async (rows: object[]): Promise<string> => {
    const target = asset("refused", { ioManager: tables, metadata: { columns } }, () => rows);
    const result = await materialize([target], { ioManagers: { tables }, throwOnFailure: false });
    return result.eventsOf("STEP_FAILURE")[0]?.error.message ?? "";
  };

  expect(await refused([{ n: 1 }, { n: 300 }])).toContain(
    'asset "refused", table "main"."refused": column "n" of type TINYINT can not hold 300.0, as in row 1',
  );
  expect(await refused([{ day: "2024-01-01" }, { day: "soon" }])).toContain(
    'column "day" of type DATE can not hold soon, as in row 1',
  );
  expect(await refused([{ x: 2n ** 130n }])).toContain(
    'no column can hold a bigint of more than sixteen bytes, as in "x" of row 0',
  );
  expect(await refused([{ x: [new Uint8Array(1)] }])).toContain(
    'no column can hold a Uint8Array within JSON at [0], as in "x" of row 0',
  );
  await query("create table guarded (n double check (n < 10))");
  const guarded = asset("guarded", { ioManager: tables }, () => [{ n: 11 }]);
  await expect(make(guarded)).rejects.toThrow(
    /The database "lake" \(.*\) refused asset "guarded", table "main"."guarded": Constraint/,
  );
});

test("a table that somebody else has made keeps its rows", async () => {
  await query("create table users as select range as id from range(1000)");
  const users = asset("users", { ioManager: tables }, () => [{ id: 1 }]);

  await expect(make(users)).rejects.toThrow('Table "main"."users" was not made by Millrace');
  expect(await query("select count(*)::int as n from users")).toEqual([{ n: 1000 }]);
});
