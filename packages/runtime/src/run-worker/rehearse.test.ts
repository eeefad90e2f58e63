import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { rehearse } from "./rehearse.ts";

test("a rehearsal comes to its end and leaves nothing in the worker's folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-rehearse-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));

  const exitCode = await rehearse(folder, () => expect.unreachable());

  expect(exitCode).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});
