import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findBuild, keepBuild } from "./kept-build.ts";

let folder: string;
let source: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-kept-"));
  source = join(folder, "source.txt");
  writeFileSync(source, "one");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Copies the source, which has not changed since a while. */
async function build(seed: string) {
  while (Date.now() <= statSync(source).ctimeMs) await new Promise((resolve) => setImmediate(resolve));
  return keepBuild(join(folder, "builds"), seed, async () => ({
    files: [{ path: "made.txt", contents: readFileSync(source) }],
    sources: [source],
  }));
}

test("a build is found again until one of its sources changes, even to as many bytes at the same time", async () => {
  const built = await build("here");
  const found = findBuild(join(folder, "builds"), "here");
  const modified = new Date(1_000);
  utimesSync(source, modified, modified);
  writeFileSync(source, "two");
  utimesSync(source, modified, modified);

  expect(found).toEqual(built);
  expect(findBuild(join(folder, "builds"), "here")).toBeNull();
});

test("builds of several installations lie beside each other", async () => {
  const built = await build("here");
  writeFileSync(source, "two");
  const other = await build("there");

  expect(other.digest).not.toBe(built.digest);
  expect(readFileSync(built.files[0] ?? "", "utf8")).toBe("one");
  expect(findBuild(join(folder, "builds"), "there")).toEqual(other);
});
