import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTestProject, validateInProcess, type TestProject } from "../testing/test-project.ts";

vi.setConfig({ testTimeout: 30_000 });

function project(files: Readonly<Record<string, string>>): TestProject {
  const created = createTestProject(files);
  onTestFinished(() => created[Symbol.dispose]());
  return created;
}

/** A module that exports an asset once a moment has passed. */
const slow = (name: string): string =>
  `import { asset } from "millrace";
   await new Promise((resolve) => setTimeout(resolve, 30));
   export const ${name} = asset("${name}", () => 1);`;

test.each([
  {
    where: "in the entry, before and between its exports",
    files: {
      "package.json": `{ "name": "shop", "type": "module" }`,
      "defs.ts": `import { asset } from "millrace";
        import { readFile } from "node:fs/promises";
        export const before = asset("before", () => 1);
        const { name } = JSON.parse(await readFile(new URL("package.json", import.meta.url), "utf8"));
        export const after = asset("after_" + name, () => 2);`,
    },
    assets: 2,
  },
  {
    where: "in a file that others import",
    files: {
      "defs.ts": `export * from "./a.ts"; export * from "./b.ts";`,
      "a.ts": slow("a"),
      "b.ts": `export { a as again } from "./a.ts"; ${slow("b")}`,
    },
    assets: 2,
  },
  {
    where: "in a file of an entry folder",
    entry: "defs",
    files: { "defs/a.ts": slow("a"), "defs/b.ts": slow("b") },
    assets: 2,
  },
  {
    where: "in a file whose import is awaited, by its name or by one that is put together",
    files: {
      "defs.ts": `const { a } = await import("./parts/a.ts"); const name = "b"; const { b } = await import("./parts/" + name + ".ts"); export { a, b };`,
      "parts/a.ts": slow("a"),
      "parts/b.ts": slow("b"),
    },
    assets: 2,
  },
  {
    where: "in a file that one passes on whose import is awaited",
    files: {
      "defs.ts": `export const { a, b } = await import("./all.ts"); export { c } from "./c.ts";`,
      "all.ts": `export * from "./a.ts"; export * from "./b.ts";`,
      "a.ts": slow("a"),
      "b.ts": slow("b"),
      "c.ts": slow("c"),
    },
    assets: 3,
  },
  {
    where: "for a package",
    files: {
      "defs.ts": `import { asset } from "millrace"; const { z } = await import("zod"); export const a = asset("a", () => z.string());`,
    },
    assets: 1,
  },
  {
    where: "in files that import each other in a circle",
    files: {
      "defs.ts": `import { a } from "./a.ts"; import { b } from "./b.ts"; export { a, b }; export const name = () => "x";`,
      "a.ts": slow("a"),
      "b.ts": `import { name } from "./defs.ts"; ${slow("b")} export const later = () => name();`,
    },
    assets: 2,
  },
])("what is awaited $where is waited for", async ({ files, assets, entry = "defs.ts" }) => {
  expect(await validateInProcess(project(files), entry)).toMatchObject({ error: null, assets });
});

test("an await that nothing can end is named with its line and what it waits for", async () => {
  const files = {
    "defs.ts": `import { asset } from "millrace";
import { rates } from "./rates.ts";
export const a = asset("a", () => rates);`,
    "rates.ts": `async function fetchRates() {
  return new Promise(() => {});
}
void (async () => { await new Promise((resolve) => setTimeout(resolve, 1)); })();
await Promise.resolve();
export const rates = await fetchRates();`,
  };
  const { error } = await validateInProcess(project(files), "defs.ts");

  expect(error).toMatchObject({ code: "definitions_hung" });
  expect(error?.message).toMatch(/^rates\.ts:6:\d+: This await can never come to its end/);
  expect(error?.message).toContain("> 6 | export const rates = await fetchRates();");
  expect(error?.stack).toMatch(/at fetchRates .*rates\.ts:2:10\)/);
});

test("an await that takes too long is named, whatever else the process does", async () => {
  const { folder } = project({
    "defs.ts": `import { createServer } from "node:net";
createServer().listen(0);
const poll = async () => { for (;;) await new Promise((resolve) => setTimeout(resolve, 5)); };
void poll();
await new Promise((resolve) => setTimeout(resolve, 100_000));`,
  });
  const modules = ["bundle.ts", "load-definitions.ts", "supervise-loading.ts"].map(
    (name) => new URL(name, import.meta.url).href,
  );
  const script = `
    process.setSourceMapsEnabled(true);
    const [{ bundleLocation }, { loadDefinitions }, { superviseLoading }] = await Promise.all(${JSON.stringify(modules)}.map((file) => import(file)));
    const { directory } = await bundleLocation(${JSON.stringify(folder)}, "defs.ts");
    const error = await superviseLoading(() => loadDefinitions(directory), ${JSON.stringify(folder)}, 300).catch((thrown) => thrown);
    console.log(error.message);
    process.exit();`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);

  expect(stdout).toMatch(/^defs\.ts:5:7: This await did not come to its end within 0\.3 s/);
});

test("what is rejected while the code is loaded is its error, awaited or not", async () => {
  for (const code of [
    `await Promise.reject(new Error("no rates"));`,
    `void Promise.reject(new Error("no rates"));`,
    `setImmediate(() => { throw new Error("no rates"); });`,
  ]) {
    const files = {
      "defs.ts": `export { asset as x } from "./a.ts";\n${code}\n`,
      "a.ts": `import { asset as make } from "millrace"; export const asset = make("a", () => 1);`,
    };
    const { error } = await validateInProcess(project(files), "defs.ts");
    expect(error, code).toMatchObject({
      code: "definitions_threw",
      message: expect.stringMatching(/^defs\.ts:2:\d+: Error: no rates/) as string,
    });
  }
});

test("require of a file that awaits is refused with both names", async () => {
  const files = {
    "defs.ts": `export * from "./old.cjs";`,
    "old.cjs": `exports.a = require("./a.ts").a;`,
    "a.ts": slow("a"),
  };
  const { error } = await validateInProcess(project(files), "defs.ts");

  expect(error?.message).toMatch(
    /^old\.cjs: require\("\.\/a\.ts"\) can't wait for a\.ts, which awaits something/,
  );
});
