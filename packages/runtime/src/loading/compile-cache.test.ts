import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { pruneCompileCache } from "./compile-cache.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-compiled-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Three entries of 10 bytes, the first written last. */
function createCache(...path: string[]): string {
  const cache = join(folder, ...path);
  mkdirSync(cache, { recursive: true });
  for (const [age, name] of ["new", "old", "oldest"].entries()) {
    writeFileSync(join(cache, name), "0123456789");
    utimesSync(join(cache, name), 1_000 - age, 1_000 - age);
  }
  return cache;
}

test("what was compiled longest ago goes when there is too much", () => {
  const cache = createCache("millrace", "compiled", "v24");

  pruneCompileCache(cache, 25);

  expect(readdirSync(cache)).toEqual(["new", "old"]);
});

test("a cache that other programs use is left alone", () => {
  const cache = createCache("node-compile-cache", "v24");

  pruneCompileCache(cache, 25);

  expect(readdirSync(cache)).toHaveLength(3);
});
