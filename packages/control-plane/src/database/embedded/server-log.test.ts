import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { rotateLog } from "./server-log.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a log that grew too large gives way to a new one while its writer goes on", () => {
  const file = join(folder, "log");
  const writer = openSync(file, "a");
  writeSync(writer, "first\n");
  rotateLog(file, 6);
  expect(existsSync(`${file}.old`)).toBe(false);

  writeSync(writer, "second\n");
  rotateLog(file, 6);
  writeSync(writer, "third\n");
  closeSync(writer);

  expect(readFileSync(`${file}.old`, "utf8")).toBe("first\nsecond\n");
  expect(readFileSync(file, "utf8")).toBe("third\n");
});
