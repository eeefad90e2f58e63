import type { DuckDBConnection } from "@duckdb/node-api";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
import { testTableStore } from "millrace/internal/tables/table-store-suite";
import { materialize } from "millrace/testing";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { duckdbDatabase, holdDatabase } from "./duckdb-database.ts";
import { duckdbIoManager } from "./duckdb-io-manager.ts";
import { columnTypes } from "./duckdb-values.ts";

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

testTableStore(() => tables, columnTypes);

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
  await expect(make(declared)).rejects.toThrow("which is of type INTEGER");
  value = "text";
  await expect(make(typed, "2")).rejects.toThrow('brings texts for column "value"');
});

test("two assets never share a table by the case of its name", async () => {
  await make(asset("mine", { ioManager: tables }, () => [{ id: 1 }]));

  await expect(make(asset("Mine", { ioManager: tables }, () => [{ id: 2 }]))).rejects.toThrow(
    'Table "main"."Mine" belongs to asset "mine"',
  );
});

test("code uses the database by itself, beside the tables of assets", async () => {
  await make(asset("counted", { ioManager: tables }, () => [{ id: 1 }, { id: 2 }]));
  const count = asset("count", { resources: { lake: lakeAt(path) } }, ({ resources }) =>
    resources.lake.use(async (connection) =>
      (await connection.runAndReadAll("select count(*)::int as n from counted")).getRowObjectsJS(),
    ),
  );

  expect((await materialize([count])).value(count)).toEqual([{ n: 2 }]);
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

  await expect(store(0.1)).rejects.toThrow(`in use by process ${holder.pid} for 0.1 s`);
  const waiting = store(30);
  holder.stdin.end();

  expect((await waiting).succeeded).toBe(true);
});

test("a connection is there for the work alone that it is given to; nothing else of a database opens its file", async () => {
  const lake = lakeAt(path);
  const kept: DuckDBConnection[] = [];
  const rows = asset("rows", { resources: { lake } }, async ({ resources }) => {
    await resources.lake.use(async (connection) => kept.push(connection));
    return Object.keys(resources.lake).sort();
  });

  expect((await materialize([rows])).value(rows)).toEqual(["name", "path", "schema", "use"]);
  expect(kept).toHaveLength(1);
  await expect(Promise.try(() => kept[0]?.run("select 1"))).rejects.toThrow("onnection");
});

test("an IO manager refuses a database that something else has made, as a test may", async () => {
  const use = () => Promise.reject(new Error("not asked for"));
  const { signal } = new AbortController();

  await expect(holdDatabase({ name: "lake", path, schema: "main", use }, signal)).rejects.toThrow(
    "replace the IO manager too",
  );
});
