import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemIds } from "@millrace/model/randomness";
import { pino } from "pino";
import { afterAll, describe, expect, test } from "vitest";
import { createMemoryLogStorage } from "../../testing/memory-log-storage.ts";
import { explainFailures } from "./explain-failures.ts";
import { createLogFolder } from "./log-folder.ts";
import { testLogStorage } from "./log-storage-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-logs-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a folder", () => {
  testLogStorage(() => createLogFolder(join(folder, "suite"), systemIds));

  test("that can't be used is said by name, to whoever may try again", async () => {
    writeFileSync(join(folder, "file"), "");
    const storage = explainFailures(
      createLogFolder(join(folder, "file"), systemIds),
      pino({ level: "silent" }),
    );

    const put = storage.put("run/1/stdout/0-1-a", Buffer.from("a"));
    await expect(put).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(`the folder ${join(folder, "file")}, can't be written`) as string,
    });
  });

  test("leaves no folders where the last object was removed", async () => {
    const root = join(folder, "emptied");
    const storage = createLogFolder(root, systemIds);
    await storage.put("run/1/stdout/0-1-a", Buffer.from("a"));
    await storage.remove(["run/1/stdout/0-1-a"]);

    expect(readdirSync(root)).toEqual([]);
  });
});

describe("the memory of simulations", () => {
  const storage = createMemoryLogStorage();
  testLogStorage(() => storage);
});
