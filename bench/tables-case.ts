/** One case of the benchmark `tables`, in a process of its own: its peak of memory is the case's. Prints a line of JSON. */
import { createReadStream, createWriteStream, statSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { pipeline } from "node:stream/promises";
import { asset, assetValueLoader, definitions, withConfig, type Asset, type IoManager } from "millrace";
import { materialize } from "millrace/testing";
import { Client } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { duckdbDatabase, duckdbIoManager } from "../packages/io-duckdb/src/index.ts";
import { postgresDatabase, postgresIoManager } from "../packages/io-postgres/src/index.ts";

interface Row {
  readonly id: number;
  readonly at: Date;
  readonly name: string;
  readonly amount: number;
}

const [store = "", what = "", size = "", place = "", folder = ""] = process.argv.slice(2);
const count = Number(size);

function* rows(): Generator<Row, void, void> {
  for (let id = 0; id < count; id++)
    yield { id, at: new Date(1.7e12 + id), name: `customer ${id % 1_000}`, amount: id / 8 };
}

async function* streamed(): AsyncGenerator<Row, void, void> {
  yield* rows();
}

const lake = withConfig(duckdbDatabase("lake"), { path: place });
const tables: IoManager =
  store === "postgres"
    ? postgresIoManager("tables", withConfig(postgresDatabase("warehouse"), { url: place }))
    : duckdbIoManager("tables", lake);
const source = asset("source", { ioManager: tables }, () => streamed());
const through = asset("through", { ioManager: tables, deps: [source] }, async function* (_context, values) {
  for await (const row of values) yield { ...row, amount: row.amount * 2 };
});
const array = asset("array", { ioManager: tables }, () => [...rows()]);
const make = (target: Asset): Promise<unknown> => materialize([target], { ioManagers: { tables } });

/** Calls code with DuckDB's own connection. */
async function inDuckdb(sql: string): Promise<void> {
  const runs = asset("runs", { resources: { lake } }, ({ resources }) =>
    resources.lake.use(async (connection) => void (await connection.run(sql))),
  );
  await materialize([runs]);
}

async function inPostgres(work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: place });
  await client.connect();
  await work(client);
  await client.end();
}

const file = `${folder}/rows.${store}`;
const WORK: Readonly<Record<string, () => Promise<unknown>>> = {
  in: () => make(source),
  through: () => make(through),
  out: async () => {
    await using values = assetValueLoader(definitions({ assets: [source] }));
    let seen = 0;
    for await (const { id } of await values.load(source)) seen += id >= 0 ? 1 : 0;
    if (seen !== count) throw new Error(`${seen} rows came out instead of ${count}`);
  },
  array_in: () => make(array),
  array_out: async () => {
    await using values = assetValueLoader(definitions({ assets: [array] }));
    const { length } = await values.load(array);
    if (length !== count) throw new Error(`${length} rows came out instead of ${count}`);
  },
  // What the database's own tools take: \copy, and DuckDB's own writer and reader of Parquet.
  own_out: () =>
    store === "duckdb"
      ? inDuckdb(`copy source to '${file}' (format parquet)`)
      : inPostgres((client) =>
          pipeline(client.query(copyTo("copy source to stdout")), createWriteStream(file)),
        ),
  own_in: () =>
    store === "duckdb"
      ? inDuckdb(`create or replace table own as from read_parquet('${file}')`)
      : inPostgres(async (client) => {
          await client.query("drop table if exists own; create table own (like source)");
          await pipeline(createReadStream(file), client.query(copyFrom("copy own from stdin")));
        }),
};

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
const before = process.resourceUsage().maxRSS;
const startedAt = performance.now();
await WORK[what]?.();
const seconds = (performance.now() - startedAt) / 1_000;
delay.disable();
const { maxRSS } = process.resourceUsage();
console.log(
  JSON.stringify({
    seconds: Math.round(seconds * 100) / 100,
    peak_mb: Math.round(maxRSS / 1_024),
    start_mb: Math.round(before / 1_024),
    longest_pause_ms: Math.round(delay.max / 1e6),
    ...(what === "own_out" ? { file_mb: Math.round(statSync(file).size / 1_048_576) } : {}),
  }),
);
