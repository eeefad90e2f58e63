import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stateOf } from "@millrace/protocol/homes/file-state";
import { createSourceWatcher, type SourceWatcher } from "./watch-sources.ts";

let folder: string;
let watcher: SourceWatcher;
let changed: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-watch-"));
  changed = [];
  watcher = createSourceWatcher((file) => changed.push(file));
  for (const name of ["a.ts", "b.ts", "other.ts"]) writeFileSync(at(name), "1");
});
afterEach(() => {
  watcher.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

test("a file that was used is told of once it changes, is put in place, goes or comes; others are not", async () => {
  watcher.watch(["a.ts", "b.ts", "deep/missing.ts"].map((name) => stateOf(at(name))));
  writeFileSync(at("other.ts"), "22");
  writeFileSync(at("sedToYNQu"), "2");
  writeFileSync(at("a.ts"), "22");
  await expect.poll(() => changed).toEqual([at("a.ts")]);

  renameSync(at("sedToYNQu"), at("b.ts"));
  await expect.poll(() => changed).toEqual([at("a.ts"), at("b.ts")]);
  rmSync(at("b.ts"));
  await expect.poll(() => changed).toHaveLength(3);
  mkdirSync(at("deep"));
  watcher.watch(["a.ts", "deep/missing.ts"].map((name) => stateOf(at(name))));
  writeFileSync(at("deep/missing.ts"), "1");
  await expect.poll(() => changed.at(-1)).toBe(at("deep/missing.ts"));
});

test("what changed before it was watched is told of", async () => {
  const before = stateOf(at("a.ts"));
  writeFileSync(at("a.ts"), "22");
  watcher.watch([before]);
  await expect.poll(() => changed).toEqual([at("a.ts")]);
});

test("of a folder the coming and going of files is told, but for what passes through", async () => {
  mkdirSync(at("defs"));
  writeFileSync(at("defs/a.ts"), "1");
  watcher.watch([stateOf(at("defs"))]);
  writeFileSync(at("defs/a.ts"), "22");
  writeFileSync(at("defs/.a.ts.swp"), "22");
  writeFileSync(at("defs/a.test.ts"), "22");
  writeFileSync(at("defs/sedToYNQu"), "2");
  renameSync(at("defs/sedToYNQu"), at("defs/a.ts"));
  // Longer than changes settle.
  await sleep(150);
  expect(changed).toEqual([]);
  writeFileSync(at("defs/b.ts"), "1");
  await expect.poll(() => changed).toEqual([at("defs")]);
});
