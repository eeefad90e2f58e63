import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sayStalePage } from "./say-stale-page.ts";

test("a checkout says that its page is not the one of its sources; without a script to build it there is nothing to say", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-page-"));
  const scriptOf = (name: string, code: number): string => {
    writeFileSync(join(folder, name), `process.exit(process.argv.includes("--check") ? ${code} : 2)`);
    return join(folder, name);
  };
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);

  await sayStalePage(say, scriptOf("fresh.ts", 0));
  await sayStalePage(say, join(folder, "none.ts"));
  await sayStalePage(say, scriptOf("stale.ts", 1));

  expect(said).toEqual([expect.stringMatching(/page is not built from .*stale\.ts$/)]);
  rmSync(folder, { recursive: true });
});
