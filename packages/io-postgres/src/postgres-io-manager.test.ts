import {
  asset,
  definitions,
  env,
  job,
  loadAssetValue,
  metadata,
  op,
  staticPartitions,
  withConfig,
  type Asset,
  type IoManager,
} from "millrace";
import { testTableStore } from "millrace/internal/tables/table-store-suite";
import { executeJob, materialize } from "millrace/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresDatabase } from "./postgres-database.ts";
import { postgresIoManager } from "./postgres-io-manager.ts";
import { columnTypes } from "./postgres-values.ts";
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

testTableStore(() => tables, columnTypes);

test("what reads the table of an asset, such as a view, outlives a further materialization", async () => {
  let rows = [{ id: 1 }];
  const viewed = asset("viewed", { ioManager: tables }, () => rows);
  await make(viewed);
  await query("create view on_viewed as select id from viewed");

  rows = [{ id: 2 }, { id: 3 }];
  await make(viewed);

  expect(await query("select id from on_viewed order by id")).toEqual([{ id: 2 }, { id: 3 }]);
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

  await expect(make(partitioned, "2")).rejects.toThrow(
    'Asset "partitioned" brings texts for column "value" of table "public"."partitioned", which is of type double precision',
  );
  // Nothing is left of the old values where all rows are replaced.
  await make(typed);
  expect(await query("select value from typed")).toEqual([{ value: "text" }]);
  value = new Map();
  await expect(make(typed)).rejects.toThrow('no column can hold a Map, as in "value" of row 0');
});

test("declared columns have their own types, and an empty value needs none", async () => {
  const columns = metadata.tableSchema([
    { name: "id", type: "integer", description: "Counts up" },
    { name: "day", type: "date" },
    { name: "price", type: "numeric(10,2)" },
    { name: "labels", type: "text[]" },
  ]);
  let rows: unknown[] = [];
  const declared = asset("declared", { ioManager: tables, metadata: { columns } }, () => rows);
  const bare = asset("bare", { ioManager: tables }, () => []);

  await make(bare);
  expect(await loadAssetValue(definitions({ assets: [bare] }), bare)).toEqual([]);
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
  await expect(make(declared)).rejects.toThrow("correct the type that its metadata declares");
});

test("what is not stored, not rows or not an asset's fails with what to do", async () => {
  const never = asset("never", { ioManager: tables }, () => [{ id: 1 }]);
  const text = asset("text", { ioManager: tables }, () => "rows");
  const nothing = asset("nothing", { ioManager: tables }, () => {});
  const days = asset("days", { ioManager: tables, partitions: staticPartitions(["a"]) }, () => [{ id: 1 }]);
  const one = op("one", () => 1);
  const take = op("take", (_context, _value: number) => {});
  const ops = job("ops", () => void take(one()));

  await expect(loadAssetValue(definitions({ assets: [never] }), never)).rejects.toThrow(
    'asset "never" has no stored value: materialize it first',
  );
  await expect(make(text)).rejects.toThrow(
    'The value of asset "text" must be rows, an array or an async iterable of plain objects, not a string',
  );
  await expect(make(days, "a")).rejects.toThrow('as in { partition_expr: "day" }');
  await expect(executeJob(ops, { ioManagers: { default: tables } })).rejects.toThrow(
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
