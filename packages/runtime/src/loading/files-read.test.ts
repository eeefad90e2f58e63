import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { watchFilesRead } from "./files-read.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-reads-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("files and folders that are read are noted, however they are, until it stops", async () => {
  for (const name of ["a", "b", "c", "d", "later"]) writeFileSync(join(folder, name), name);
  const reads = watchFilesRead();

  expect(readFileSync(join(folder, "a"), "utf8")).toBe("a");
  expect(await readFile(pathToFileURL(join(folder, "b")), "utf8")).toBe("b");
  expect(await promisify(fs.readFile)(join(folder, "c"), "utf8")).toBe("c");
  expect(await fs.createReadStream(join(folder, "d"), "utf8").toArray()).toEqual(["d"]);
  expect(await readdir(folder)).toHaveLength(5);
  expect(() => readFileSync(join(folder, "missing"))).toThrow(/ENOENT/);
  readFileSync("/proc/self/stat");
  reads.stop();
  readFileSync(join(folder, "later"));

  const found = new Map(reads.list().map((state) => [state.path, state]));
  expect([...found.keys()]).toEqual([
    ...["a", "b", "c", "d"].map((name) => join(folder, name)),
    folder,
    join(folder, "missing"),
  ]);
  expect(found.get(join(folder, "a"))).toMatchObject({
    size: 1,
    modifiedMs: fs.statSync(join(folder, "a")).mtimeMs,
  });
  expect(found.get(join(folder, "missing"))).toMatchObject({ modifiedMs: null });
});
