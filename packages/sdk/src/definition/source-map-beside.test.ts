import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { findSourceMapBeside } from "./source-map-beside.ts";

const folder = mkdtempSync(join(tmpdir(), "source-map-"));
afterAll(() => rmSync(folder, { recursive: true }));

function writeMap(name: string): string {
  const file = join(folder, name);
  writeFileSync(
    `${file}.map`,
    JSON.stringify({ version: 3, sources: ["a.ts"], names: [], mappings: "AAEA" }),
  );
  return file;
}

function originOf(file: string): unknown {
  return findSourceMapBeside(file)?.findOrigin(1, 1);
}

test("a place is found in the map beside a file", () => {
  expect(originOf(writeMap("found.mjs"))).toMatchObject({ lineNumber: 3, columnNumber: 1 });
  expect(findSourceMapBeside(join(folder, "none.mjs"))).toBeNull();
});

test("a map that nobody uses any more leaves the memory, and is read again when it is asked for", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const file = writeMap("left.mjs");
  const map = new WeakRef(findSourceMapBeside(file) ?? {});
  // What a weak reference was asked for stays until the turn is over.
  await setImmediate();
  collectGarbage();
  expect(map.deref()).toBeUndefined();
  expect(originOf(file)).toMatchObject({ lineNumber: 3 });
});
