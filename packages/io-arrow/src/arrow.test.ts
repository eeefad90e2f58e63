import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromArrays, type Table } from "apache-arrow";
import { asset, formatIoManager, runSubprocess } from "millrace";
import { findTestPython } from "millrace/internal/pipes/test-python";
import { materialize } from "millrace/testing";
import { expect, onTestFinished, test } from "vitest";
import { arrowFormat, parquetFormat, rowsOfTable, tableOfRows } from "./index.ts";

const rows = [
  { id: 1n, name: "ä", ratio: 1.5, ok: true, at: new Date(1), bytes: new Uint8Array([0, 255]) },
  { id: 2n ** 60n, name: null, ratio: null, ok: null, at: new Date(0), bytes: null },
];

test.each([arrowFormat, parquetFormat])(
  "Arrow tables are files from asset to asset: $extension",
  async (format) => {
    const files = formatIoManager("files", format);
    const made = asset("made", { ioManager: files }, () => tableOfRows(rows));
    const used = asset("used", { deps: [made] }, (_context, table) => [...rowsOfTable(table)]);

    const result = await materialize([made, used], { ioManagers: { files } });

    expect(result.value(used)).toEqual(rows);
    const wrong = asset("wrong", { ioManager: files }, () => [{ id: 1 }]);
    await expect(materialize([wrong], { ioManagers: { files } })).rejects.toThrow(
      "make one of rows with tableOfRows",
    );
  },
);

test("columns of several kinds, and of objects, are named", () => {
  expect(() => tableOfRows([{ x: 1 }, { x: "a" }])).toThrow(
    'Column "x" has values of several kinds: number, string',
  );
  expect(() => tableOfRows([{ x: {} }])).toThrow('Column "x" has an object');
});

const polars = await findTestPython("polars==1.35.2");
if ("missing" in polars) console.warn(`Skipped: ${polars.missing}`);

test.skipIf("missing" in polars)(
  "polars reads what a script on Pipes is given, as Arrow and as Parquet",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-arrow-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const script = join(folder, "sum.py");
    await writeFile(
      script,
      `import base64, json, os, zlib
import polars as pl
params = json.loads(zlib.decompress(base64.b64decode(os.environ["DAGSTER_PIPES_CONTEXT"])))
inputs = json.load(open(params["path"]))["extras"]["inputs"]
arrow = pl.read_ipc(inputs["arrow"]["path"])
parquet = pl.read_parquet(inputs["parquet"]["path"])
print(arrow.equals(parquet), arrow["n"].sum(), parquet.columns, inputs["arrow"]["format"], inputs["parquet"]["format"])
`,
    );
    const table: Table = tableFromArrays({ n: Float64Array.from({ length: 1_000 }, (_, n) => n) });
    const sum = asset("sum", async (context) => {
      const run = await runSubprocess(context, {
        command: ["python" in polars ? polars.python : "", script],
        inputs: {
          arrow: { value: table, format: arrowFormat },
          parquet: { value: table, format: parquetFormat },
        },
      });
      return run.stdout.trim();
    });

    expect((await materialize([sum])).value(sum)).toBe("True 499500.0 ['n'] arrow parquet");
  },
);
