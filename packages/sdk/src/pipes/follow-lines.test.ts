import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { followLines } from "./follow-lines.ts";

test("a line of any length arrives whole, at a cost that grows with its length alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-lines-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "messages");
  await writeFile(path, "");
  const lines: string[] = [];
  const followed = await followLines(path, (line) => lines.push(line));
  const long = "ä€x".repeat(6_000_000);
  const before = process.cpuUsage();

  await appendFile(path, `first\n\n${long}\nlast`);
  await followed.close();

  expect(lines.map((line) => line.length)).toEqual([5, long.length, 4]);
  expect(lines[1] === long).toBe(true);
  // Joining 36 MB at each of 550 pieces takes more than ten seconds.
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(5);
});
