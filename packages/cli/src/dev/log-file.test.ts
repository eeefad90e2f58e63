import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openLogFile } from "./log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what is appended stands at the end of the file", () => {
  for (const text of ["one\n", "two\n"]) {
    const log = openLogFile(join(folder, "log"));
    log.append(Buffer.from(text));
    log.close();
  }
  expect(readFileSync(join(folder, "log"), "utf8")).toBe("one\ntwo\n");
});

test("a disk that is full ends nothing", () => {
  const log = openLogFile("/dev/full");
  expect(() => log.append(Buffer.from("one\n"))).not.toThrow();
  expect(() => log.append(Buffer.from("two\n"))).not.toThrow();
  log.close();
});
