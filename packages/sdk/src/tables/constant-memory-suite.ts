import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const TEXT_LENGTH = 8_000;
const millrace = JSON.stringify(new URL("../index.ts", import.meta.url).href);
const testing = JSON.stringify(new URL("../testing.ts", import.meta.url).href);

/** Rows that would not fit into the process's heap. */
export interface LargeTable {
  readonly rows: number;
  readonly heapMegabytes: number;
  /**
   * What a file of the package begins with, which has `withConfig` and a folder of its own as `process.argv[2]`: declares the IO manager
   * `tables`.
   */
  readonly declareTables: string;
}

/** Streams rows through two assets, in a process whose heap is bounded. */
export function testConstantMemory({ rows, heapMegabytes, declareTables }: LargeTable): void {
  const script = `
import { asset, withConfig } from ${millrace};
import { materialize } from ${testing};
${declareTables}
const text = "x".repeat(${TEXT_LENGTH});
const source = asset("source", { ioManager: tables }, async function* () {
  for (let id = 0; id < ${rows}; id++) yield { id, text: id + text };
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
    `${(rows * TEXT_LENGTH) / 1_000_000} MB of rows go from a table through an asset into another one in a heap of ${heapMegabytes} MB`,
    { timeout: 120_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "millrace-large-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const path = join(folder, "script.ts");
      writeFileSync(path, script);

      const { stdout } = await promisify(execFile)(process.execPath, [
        `--max-old-space-size=${heapMegabytes}`,
        path,
        folder,
      ]);

      const digits = Array.from({ length: rows }, (_, id) => String(id).length).reduce(
        (sum, length) => sum + length,
        0,
      );
      expect(Number(stdout)).toBe(rows * TEXT_LENGTH + digits);
    },
  );
}
