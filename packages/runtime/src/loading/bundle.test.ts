import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { bundleLocation } from "./bundle.ts";
import { COURIER_FILE, ENGINE_FILE, WORKER_FILE } from "./bundle-files.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-bundle-"));
symlinkSync(
  fileURLToPath(new URL("../../../../node_modules", import.meta.url)),
  join(folder, "node_modules"),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the versions of a location share their engine's files, so that Node compiles these once", async () => {
  const write = (value: number): void =>
    writeFileSync(join(folder, "definitions.ts"), `export const value = ${value};`);
  write(1);
  const first = await bundleLocation(folder, "definitions.ts");
  write(2);
  const second = await bundleLocation(folder, "definitions.ts");

  expect(second.digest).not.toBe(first.digest);
  for (const file of [ENGINE_FILE, WORKER_FILE, COURIER_FILE])
    expect(realpathSync(join(second.directory, file))).toBe(realpathSync(join(first.directory, file)));
  expect(realpathSync(second.worker).startsWith(realpathSync(folder))).toBe(true);
});
