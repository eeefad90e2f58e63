import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasOwnCourier, noteOwnCourier } from "./worker-files.ts";

test("a courier that can't note that it is there goes on", () => {
  const directory = mkdtempSync(join(tmpdir(), "millrace-worker-"));
  rmSync(directory, { recursive: true });

  noteOwnCourier(directory);

  expect(hasOwnCourier(directory)).toBe(false);
});
