import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { findBuild } from "@millrace/runtime/loading/kept-build";
import { expect, test } from "vitest";
import { millraceCommand } from "../process/millrace-command.ts";
import { PROGRAMS, programsFolder, programsSeed } from "./programs.ts";

function askVersion(environment: Record<string, string | undefined>): string {
  const [node, millrace] = millraceCommand();
  const { stdout, stderr } = spawnSync(node, [millrace, "--version"], {
    env: environment,
    encoding: "utf8",
  });
  return `${stdout}${stderr}`;
}

test("a start leaves a file of each program, made of its sources as they are", async () => {
  expect(askVersion(process.env)).toBe("0.1.0\n");

  // Another process may be making it.
  const list = () => findBuild(programsFolder(), programsSeed())?.files.map((file) => basename(file)) ?? [];
  await expect.poll(list).toEqual(expect.arrayContaining(Object.keys(PROGRAMS)));
  expect(askVersion(process.env)).toBe("0.1.0\n");
});

test("where no cache can be written the command starts from its sources", () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-programs-"));
  writeFileSync(join(folder, "a-file"), "");

  const version = askVersion({ PATH: process.env["PATH"], XDG_CACHE_HOME: join(folder, "a-file") });

  expect(version).toBe("0.1.0\n");
  rmSync(folder, { recursive: true });
});
