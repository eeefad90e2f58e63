import { mkdirSync, rmSync, symlinkSync, writeFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTestProject, validateInProcess } from "../testing/test-project.ts";

vi.setConfig({ testTimeout: 30_000 });

function project(files: Readonly<Record<string, string>>) {
  const created = createTestProject(files);
  onTestFinished(() => created[Symbol.dispose]());
  return created;
}

/** The message of what a project's code says it is: its entry throws it. */
async function say(files: Readonly<Record<string, string>>, value: string): Promise<unknown> {
  const says = `import { asset } from "millrace";\nexport const a = asset("a", { description: JSON.stringify(${value}) }, () => 1);\nthrow new Error(a.description);`;
  const { error } = await validateInProcess(
    project({ ...files, "defs.ts": `${files["defs.ts"] ?? ""}\n${says}` }),
    "defs.ts",
  );
  const [, text] = /Error: (.*)/.exec(error?.message ?? "") ?? [];
  return JSON.parse(text ?? "null");
}

test("CommonJS files take Node's modules, packages, each other and the SDK, and know where they are", async () => {
  const files = {
    "package.json": `{ "name": "old" }`,
    "old.js": `const path = require("node:path"); const { z } = require("zod"); const { asset } = require("millrace"); const { readFileSync } = require("fs");
      module.exports = { dir: path.basename(__dirname), file: path.basename(__filename), zod: typeof z.string, sdk: typeof asset, own: require("./more.cjs").one, read: readFileSync(path.join(__dirname, "data.txt"), "utf8") };`,
    "more.cjs": `exports.one = 1;`,
    "typed.cts": `import path = require("node:path"); export = { sep: path.sep };`,
    "data.txt": "data",
  };

  const said = await say(
    { ...files, "defs.ts": `import old from "./old.js"; import { sep } from "./typed.cts";` },
    "{ ...old, sep }",
  );

  expect(said).toMatchObject({
    file: "old.js",
    zod: "function",
    sdk: "function",
    own: 1,
    read: "data",
    sep: "/",
  });
});

test("an entry may be CommonJS", async () => {
  const files = {
    "package.json": `{ "name": "old" }`,
    "defs.js": `const { asset } = require("millrace"); module.exports = { a: asset("a", () => 1), b: asset("b", () => 2) };`,
  };

  expect(await validateInProcess(project(files), "defs.js")).toMatchObject({ error: null, assets: 2 });
});

test("a workspace's CommonJS package brings its own packages", async () => {
  const { folder } = project({});
  const shared = createTestProject({
    "package.json": `{ "name": "@shop/shared", "main": "index.js" }`,
    "index.js": `const own = require("only-here"); const more = import("only-here"); exports.own = own.name; exports.more = more.then(({ name }) => name);`,
  });
  onTestFinished(() => shared[Symbol.dispose]());
  const modules = readlinkSync(join(folder, "node_modules"));
  for (const [at, name] of [
    [folder, "@shop/shared"],
    [shared.folder, "only-here"],
  ] as const) {
    rmSync(join(at, "node_modules"));
    mkdirSync(join(at, "node_modules", name, ".."), { recursive: true });
    for (const kept of ["millrace", "@millrace", "zod"])
      symlinkSync(join(modules, kept), join(at, "node_modules", kept));
  }
  symlinkSync(shared.folder, join(folder, "node_modules/@shop/shared"));
  mkdirSync(join(shared.folder, "node_modules/only-here"));
  writeFileSync(join(shared.folder, "node_modules/only-here/index.js"), `exports.name = "only here";`);
  writeFileSync(
    join(shared.folder, "node_modules/only-here/package.json"),
    `{ "name": "only-here", "main": "index.js" }`,
  );
  writeFileSync(
    join(folder, "defs.ts"),
    `import { asset } from "millrace"; import { own, more } from "@shop/shared"; if (own !== "only here" || (await more) !== own) throw new Error(own); export const a = asset("a", () => 1);`,
  );

  expect(await validateInProcess({ folder, [Symbol.dispose]() {} }, "defs.ts")).toMatchObject({
    error: null,
    assets: 1,
  });
});

test("import.meta is the source file's, taken apart or whole", async () => {
  const files = {
    "deep/where.ts": `const { dirname, filename } = import.meta; export const where = [dirname, filename, import.meta.resolve("./x.txt"), import.meta.resolve("zod"), import.meta.resolve("fs")].map((path) => path.split("/").at(-1));`,
    "defs.ts": `import { where } from "./deep/where.ts";`,
  };

  expect(await say(files, "where")).toEqual([
    "deep",
    "where.ts",
    "x.txt",
    expect.stringMatching(/^index\.c?js$/) as string,
    "node:fs",
  ]);
});

test("queries, documents and tables are imported as text, and anything else when it is asked for", async () => {
  const files = {
    "orders.sql": "select 1",
    "a.md": "# A",
    "a.csv": "a,b",
    "a.html": "<p>",
    "a.py": "print(1)",
    "a.txt": "text",
    "a.weird": "odd",
    "a.json": `{ "b": 1 }`,
    "defs.ts": `import sql from "./orders.sql"; import md from "./a.md"; import csv from "./a.csv"; import html from "./a.html"; import py from "./a.py"; import txt from "./a.txt"; import json from "./a.json";
      import odd from "./a.weird" with { type: "text" }; import bytes from "./a.weird" with { type: "bytes" };`,
  };

  expect(await say(files, "[sql, md, csv, html, py, txt, odd, bytes.length, json.b]")).toEqual([
    "select 1",
    "# A",
    "a,b",
    "<p>",
    "print(1)",
    "text",
    "odd",
    3,
    1,
  ]);
});

test("an import of something unknown says how it can be had", async () => {
  const { error } = await validateInProcess(
    project({ "defs.ts": `import a from "./a.weird";\nexport const b = a;`, "a.weird": "" }),
    "defs.ts",
  );

  expect(error?.message).toMatch(/^defs\.ts:1:15: No loader is configured for "\.weird" files/);
  expect(error?.message).toContain(`import text from "./a.weird" with { type: "text" }`);
});

test("a JSON file of a package is imported as it is", async () => {
  expect(await say({ "defs.ts": `import manifest from "zod/package.json";` }, "manifest.name")).toBe("zod");
});

test.each(["sp ace #1 100% ünï?x", `quo'te"d`])("a project may lie in %s", async (name) => {
  const { folder } = project({});
  const inner = join(folder, name);
  mkdirSync(join(inner, "a b#c"), { recursive: true });
  writeFileSync(join(inner, "package.json"), `{ "name": "x", "type": "module" }`);
  writeFileSync(join(inner, "defs.ts"), `export * from "./a b#c/d?e.ts"; await Promise.resolve();`);
  writeFileSync(
    join(inner, "a b#c/d?e.ts"),
    `import { asset } from "millrace"; import { basename } from "node:path"; export const a = asset("a_" + basename(import.meta.dirname).length, () => 1);`,
  );

  expect(await validateInProcess({ folder: inner, [Symbol.dispose]() {} }, "defs.ts")).toMatchObject({
    error: null,
    assets: 1,
  });
});
