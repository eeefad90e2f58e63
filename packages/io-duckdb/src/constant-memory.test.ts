import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

/** Twice the heap that the process may have. */
const SCRIPT = `
import { asset, withConfig } from ${JSON.stringify(import.meta.resolve("millrace"))};
import { materialize } from ${JSON.stringify(import.meta.resolve("millrace/testing"))};
import { duckdbDatabase, duckdbIoManager } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)};
const tables = duckdbIoManager("tables", withConfig(duckdbDatabase("lake"), { path: process.argv[2] }));
const text = "x".repeat(8_000);
const source = asset("source", { ioManager: tables }, async function* () {
  for (let id = 0; id < 25_000; id++) yield { id, text: id + text };
});
const copy = asset("copy", { ioManager: tables, deps: [source] }, async function* (_context, rows) {
  for await (const { id, text } of rows) yield { id, text: text.toUpperCase() };
});
const total = asset("total", { deps: [copy] }, async (_context, rows) => {
  let characters = 0;
  for await (const row of rows) characters += row.text.length;
  return characters;
});
const result = await materialize([source, copy, total], { ioManagers: { tables } });
console.log(result.value(total));
`;

test(
  "200 MB of rows go from a table through an asset into another one in a heap of 96 MB",
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-duckdb-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = join(folder, "script.ts");
    writeFileSync(script, SCRIPT);

    const { stdout } = await promisify(execFile)(process.execPath, [
      "--max-old-space-size=96",
      script,
      join(folder, "lake.duckdb"),
    ]);

    const digits = Array.from({ length: 25_000 }, (_, id) => String(id).length).reduce(
      (sum, length) => sum + length,
      0,
    );
    expect(Number(stdout)).toBe(25_000 * 8_000 + digits);
  },
);
