import { mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  asset,
  assetValueLoader,
  definitions,
  loadAssetValue,
  parquetFile,
  staticPartitions,
  withConfig,
  type IoManager,
  type Resource,
} from "millrace";
import { materialize } from "millrace/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { duckdbDatabase, type DuckdbDatabase } from "./duckdb-database.ts";
import { duckdbIoManager } from "./duckdb-io-manager.ts";

let folder: string;
let tables: IoManager;
let lake: Resource<DuckdbDatabase>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-duckdb-parquet-"));
  lake = withConfig(duckdbDatabase("lake"), { path: join(folder, "lake.duckdb") });
  tables = duckdbIoManager("tables", lake);
});
afterAll(() => rm(folder, { recursive: true }));

test("a Parquet file is stored as a table, and the assets below get a file, as long as they run", async () => {
  const path = join(folder, "made.parquet");
  const made = asset("made", { ioManager: tables, resources: { lake } }, async ({ resources }) => {
    await resources.lake.use((connection) =>
      connection.run(
        `copy (select range as id, 'n' || range as name, 1.5::decimal(38,6) as d from range(50000)) to '${path}'`,
      ),
    );
    return parquetFile(path);
  });
  const paths: string[] = [];
  const counted = asset(
    "counted",
    { deps: [made], ioManager: tables, resources: { lake } },
    ({ resources }, file) => {
      paths.push(file.path);
      return resources.lake.use(async (connection) =>
        (
          await connection.runAndReadAll(
            `select count(*)::int as rows, any_value(typeof(d)) as type from '${file.path}'`,
          )
        ).getRowObjectsJS(),
      );
    },
  );

  const result = await materialize([made, counted], { ioManagers: { tables } });

  expect(result.eventsOf("ASSET_MATERIALIZATION")[0]?.metadata).toMatchObject({
    row_count: { value: 50_000 },
    column_schema: { columns: [{ name: "id", type: "BIGINT" }, { name: "name" }, { type: "DECIMAL(38,6)" }] },
  });
  expect(await loadAssetValue(definitions({ assets: [made, counted] }), counted)).toEqual([
    { rows: 50_000, type: "DECIMAL(38,6)" },
  ]);
  expect(paths.map((used) => existsSync(used))).toEqual([false]);
});

test("a partition's Parquet file replaces its own rows, and has no others", async () => {
  const partitions = staticPartitions(["a", "b"]);
  let part = "";
  const parts = asset(
    "parts",
    { partitions, ioManager: tables, metadata: { partition_expr: "part" }, resources: { lake } },
    async ({ partitionKey, resources }) => {
      const path = join(folder, `${partitionKey}.parquet`);
      await resources.lake.use((connection) =>
        connection.run(`copy (select '${part || partitionKey}' as part, 1 as id) to '${path}'`),
      );
      return parquetFile(path);
    },
  );
  const make = (partitionKey: string) => materialize([parts], { ioManagers: { tables }, partitionKey });
  await make("a");
  await make("b");
  await make("b");
  part = "b";

  await expect(make("a")).rejects.toThrow('1 of 1 rows of asset "parts" do not belong to its partition a');

  await using values = assetValueLoader(definitions({ assets: [parts] }));
  const files = await values.load(parts, { partitionKeys: ["a", "b"] });
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll(
    `select part, id from '${files["a"]?.path}' union all select part, id from '${files["b"]?.path}'`,
  );
  expect(rows.getRowsJS()).toEqual([
    ["a", 1],
    ["b", 1],
  ]);
  connection.closeSync();
  instance.closeSync();
});
