import { mkdirSync, rmSync, symlinkSync, readlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTestProject, validateInProcess, type TestProject } from "../testing/test-project.ts";
import { isUnchanged } from "@millrace/protocol/homes/file-state";
import { readSources } from "./source-list.ts";

vi.setConfig({ testTimeout: 30_000 });

function project(files: Readonly<Record<string, string>>): TestProject {
  const created = createTestProject(files);
  onTestFinished(() => created[Symbol.dispose]());
  return created;
}

/** What a project was made of, relative to its folder, once its definitions were loaded. */
function sourcesOf({ folder }: TestProject, entry: string): string[] {
  return readSources(folder, entry)
    .map(({ path }) => relative(folder, path))
    .toSorted();
}

const ASSET = `import { asset } from "millrace";`;

test("a location's sources are what was bundled, wherever it lies, and what the code read; nothing else", async () => {
  const shared = project({
    "package.json": `{ "name": "@shop/shared", "type": "module", "exports": "./index.ts" }`,
    "index.ts": `export const vat = 19;`,
    "unused.ts": "",
  });
  const shop = project({
    "defs.ts": `${ASSET}
      import { readdirSync, readFileSync, writeFileSync } from "node:fs";
      import { vat } from "@shop/shared";
      import sql from "./orders.sql";
      writeFileSync("state.json", "{}");
      readFileSync("state.json");
      const names = readdirSync("tables").map((name) => readFileSync("tables/" + name, "utf8"));
      export const assets = names.map((name) => asset(name, { description: sql + vat }, () => 1));`,
    "orders.sql": "select 1",
    "tables/a.yaml": "a",
    "unused.ts": "",
    "defs.test.ts": "",
  });
  const modules = readlinkSync(join(shop.folder, "node_modules"));
  rmSync(join(shop.folder, "node_modules"));
  mkdirSync(join(shop.folder, "node_modules/@shop"), { recursive: true });
  for (const name of ["millrace", "@millrace", "zod"])
    symlinkSync(join(modules, name), join(shop.folder, "node_modules", name));
  symlinkSync(shared.folder, join(shop.folder, "node_modules/@shop/shared"));

  expect(await validateInProcess(shop, "defs.ts")).toMatchObject({ error: null, assets: 1 });

  const library = relative(shop.folder, join(shared.folder, "index.ts"));
  expect(sourcesOf(shop, "defs.ts")).toEqual(
    [
      library,
      "defs.ts",
      "orders.sql",
      "package.json",
      "state.json",
      "tables",
      "tables/a.yaml",
      "tsconfig.json",
    ].toSorted(),
  );
  expect(readSources(shop.folder, "defs.ts").every(isUnchanged)).toBe(true);
});

test("code that does not load has sources too, with the file that it misses", async () => {
  const missing = project({
    "defs.ts": `import "./deep/there.ts";`,
    "deep/there.ts": `import "./nowhere.ts";`,
  });
  const thrown = project({
    "defs.ts": `import { readFileSync } from "node:fs"; JSON.parse(readFileSync("tables.json", "utf8"));`,
    "tables.json": "{",
  });
  const exited = project({
    "defs.ts": `import { existsSync, readFileSync } from "node:fs"; readFileSync("flag"); process.exit(3);`,
    flag: "",
  });
  await validateInProcess(missing, "defs.ts");
  await validateInProcess(thrown, "defs.ts");
  await validateInProcess(exited, "defs.ts").catch(() => {});

  expect(sourcesOf(missing, "defs.ts")).toContain("deep/nowhere.ts");
  expect(sourcesOf(thrown, "defs.ts")).toContain("tables.json");
  expect(sourcesOf(exited, "defs.ts")).toContain("flag");
});

test("of an entry folder, the folders count in which files may appear", async () => {
  const files = {
    "defs/a.ts": `${ASSET} export const a = asset("a", () => 1);`,
    "defs/more/b.ts": `${ASSET} export const b = asset("b", () => 1);`,
  };
  const shop = project(files);
  await validateInProcess(shop, "defs");

  expect(sourcesOf(shop, "defs")).toEqual([
    "defs",
    "defs/a.ts",
    "defs/more",
    "defs/more/b.ts",
    "package.json",
    "tsconfig.json",
  ]);
});
