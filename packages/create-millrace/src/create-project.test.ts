import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProject, ProjectNotCreated } from "./create-project.ts";

const command = fileURLToPath(new URL("../bin/create-millrace.js", import.meta.url));
const execute = promisify(execFile);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "millrace-create-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the command makes a project whose definitions load, whose types hold and whose tests pass", async () => {
  const made = await execute(process.execPath, [command, "my-project"], { cwd: folder });
  expect(made.stdout).toMatch(/cd my-project\n {2}npx millrace dev/);

  const project = join(folder, "my-project");
  // Vitest tells the tests that it runs what it was told itself; this one starts afresh.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS|TEST$)/.test(name)),
  );
  const call = (words: string[]) => execute("npx", ["--no-install", ...words], { cwd: project, env });
  const validated = await call(["millrace", "definitions", "validate"]);
  expect(validated.stdout).toMatch(/3 assets, 1 checks, 1 jobs, 1 schedules/);
  writeFileSync(join(project, "src", "orders.sql"), "select 1");
  const importing = 'import query from "./orders.sql";\nexport const length: number = query.length;\n';
  writeFileSync(join(project, "src", "query.ts"), importing);
  await call(["tsc"]);
  const tested = await call(["vitest", "run"]);
  expect(tested.stdout).toMatch(/2 passed/);
}, 120_000);

test("a folder with files in it is refused and stays as it is", () => {
  const taken = join(folder, "taken");
  mkdirSync(taken);
  writeFileSync(join(taken, "notes.txt"), "mine");

  expect(() => createProject(taken)).toThrow(/taken is not empty \(notes\.txt\): name a folder that is new/);
  expect(() => createProject(join(taken, "notes.txt"))).toThrow(ProjectNotCreated);
  expect(readdirSync(taken)).toEqual(["notes.txt"]);
});

test("a repository that was just made is as good as an empty folder", () => {
  const made = join(folder, "fresh");
  mkdirSync(join(made, ".git"), { recursive: true });

  expect(createProject(made)).toEqual({ name: "fresh", folder: made });
  expect(readdirSync(made)).toEqual(
    expect.arrayContaining([".git", ".gitignore", "package.json", "tsconfig.json"]),
  );
});

test.for(["My Project", ".hidden", "-x", "a".repeat(101)])(
  "a folder named %s is refused in words",
  (name) => {
    expect(() => createProject(join(folder, name))).toThrow(/can't name a project: use up to 100 lower-case/);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test("the command says how it is used when no folder is named, and ends with 1", async () => {
  await expect(execute(process.execPath, [command])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Usage: create-millrace FOLDER"),
  });
  await expect(execute(process.execPath, [command, "--nmae", "x"])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--nmae"),
  });
});
