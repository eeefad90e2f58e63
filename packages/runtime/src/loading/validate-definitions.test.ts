import { mkdirSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTestProject, validateInProcess, type TestProject } from "../testing/test-project.ts";
import { bundleLocation } from "./bundle.ts";
import { validateProject } from "./validate-project.ts";

vi.setConfig({ testTimeout: 30_000 });

const ASSETS = `
import { asset } from "millrace";
export const raw = asset("raw", async () => 1);
export const clean = asset("clean", { deps: [raw] }, async (_context, n: number) => n + 1);
`;

function project(files: Readonly<Record<string, string>>): TestProject {
  const created = createTestProject(files);
  onTestFinished(() => created[Symbol.dispose]());
  return created;
}

async function errorOf(
  files: Readonly<Record<string, string>>,
): Promise<{ message: string; stack: string | null; code?: string }> {
  const result = await validateInProcess(project(files), "defs.ts");
  if (result.error === null) throw new Error("the definitions load");
  return result.error;
}

test("counts what a project defines", async () => {
  const result = await validateInProcess(project({ "defs.ts": ASSETS }), "defs.ts");

  expect(result).toEqual({
    error: null,
    assets: 2,
    checks: 0,
    jobs: 0,
    schedules: 0,
    sensors: 0,
    warnings: [],
  });
});

test("counts the jobs that have a name of their author's, and not what a sensor makes of its target", async () => {
  const files = {
    "defs.ts": `${ASSETS}
import { job, sensor } from "millrace";
export const sell = job("sell", { selection: [clean] });
export const look = sensor("look", { target: [clean] }, () => undefined);`,
  };

  expect(await validateInProcess(project(files), "defs.ts")).toMatchObject({ jobs: 1, sensors: 1 });
});

test("an entry folder is collected from all of its files, but for tests", async () => {
  const files = {
    "defs/assets.ts": ASSETS,
    "defs/sales/jobs.ts": `import { job } from "millrace";\nimport { clean } from "../assets.ts";\nexport const sell = job("sell", { selection: [clean] });`,
    "defs/sales/jobs.test.ts": `throw new Error("a test was loaded");`,
    "defs/sales/limits.ts": `export const limit = 3;`,
  };
  const loaded = { error: null, assets: 2, checks: 0, jobs: 1, schedules: 0, sensors: 0, warnings: [] };
  const waiting = { ...files, "defs/waits.ts": `export const one = await Promise.resolve(1);` };

  expect(await validateInProcess(project(files), "defs")).toEqual(loaded);
  expect(await validateInProcess(project(waiting), "defs")).toEqual(loaded);
  expect(
    await validateInProcess(project({ "defs/limits.ts": "export const limit = 3;" }), "defs"),
  ).toMatchObject({
    error: { code: "not_a_definition", message: expect.stringContaining("None of the 1 modules") as string },
  });
});

test("code that throws while it loads is shown at its place", async () => {
  const error = await errorOf({
    "defs.ts": `export { raw } from "./assets.ts";\nimport "./connect.ts";`,
    "assets.ts": ASSETS,
    "connect.ts": `function connect(url?: string): void {\n  if (!url) throw new Error("DATABASE_URL is not set");\n}\nconnect();\n`,
  });

  expect(error.code).toBe("definitions_threw");
  expect(error.message).toContain("connect.ts:2:19: Error: DATABASE_URL is not set");
  expect(error.message).toContain(`> 2 |   if (!url) throw new Error`);
  expect(error.stack).toMatch(/at connect .*connect\.ts:2:19\)\n.*connect\.ts:4:1/);
});

test.each([
  ["process.exit(0);", /defs\.ts:3:\d+: The code ended the process while it was loaded, with exit code 0/],
  ["setTimeout(() => process.exit(0), 0);", /defs\.ts:3:\d+: The code ended the process/],
  [
    "process.exitCode = 0; process.exit();",
    /The code ended the process while it was loaded, with exit code 0/,
  ],
  [
    `console.error("SHOP_URL is not set"); process.exit(1);`,
    /exit code 1\):\nSHOP_URL is not set\ndefs\.ts:3:/,
  ],
  [`process.kill(process.pid, "SIGKILL");`, /ended while it loaded the code \(killed by SIGKILL\)/],
  ["process.abort();", /ended while it loaded the code \(killed by SIGABRT\)/],
])("code that ends the process does not load: %s", async (code, message) => {
  const error = await errorOf({ "defs.ts": `${ASSETS}${code}`.trimStart().replace(/\n/, " ") });

  expect(error).toMatchObject({
    code: "definitions_exited",
    message: expect.stringMatching(message) as string,
  });
});

test("code that keeps the process busy for ever does not load", async () => {
  const { folder } = project({ "defs.ts": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);" });
  const { error } = await validateProject(folder, "defs.ts", 3_000);

  expect(error).toMatchObject({
    code: "definitions_hung",
    message: expect.stringContaining("within 3 s") as string,
  });
});

test("what is exported and not registered is warned about, and so are compiler options that do not hold", async () => {
  const files = {
    "defs.ts": `import { asset, definitions, job, op } from "millrace";
export const kept = asset("kept", { after: ["kpet", "warehouse/raw"] }, () => 1);
export const forgotten = asset("forgotten", () => 1);
export const more = { inner: [asset("inner", () => 1)] };
export const nightly = job("nightly", { selection: "*" });
export const helper = op("helper", () => 1);
export const later = Promise.resolve(1);
export const defs = definitions({ assets: [kept], jobs: [nightly] });`,
    "base.json": `{ "compilerOptions": { "emitDecoratorMetadata": true } }`,
    "tsconfig.json": `{ "extends": "./base.json", /* odd */ "compilerOptions": { "moduleSuffixes": [".ios", ""], } }`,
  };
  const result = await validateInProcess(project(files), "defs.ts");

  expect(result.error === null && result.warnings).toEqual([
    expect.stringMatching(/^tsconfig\.json: "emitDecoratorMetadata" does not hold/),
    expect.stringMatching(/^tsconfig\.json: "moduleSuffixes" does not hold/),
    expect.stringMatching(/^export "forgotten" \(.*defs\.ts:3\) is not part of the location/),
    expect.stringMatching(/^export "later" is a promise/),
    expect.stringMatching(/^export "more" holds definitions \(.*defs\.ts:4\)/),
    expect.stringMatching(/^asset "kept" \(.*defs\.ts:2\) depends on "kpet".*did you mean "kept"\?/),
  ]);
});

test("a syntax error is shown at its place", async () => {
  const error = await errorOf({ "defs.ts": `export const a = 1;\nexport const b = call(1 2);\n` });

  expect(error).toMatchObject({ code: "definitions_not_built", stack: null });
  expect(error.message).toContain(`defs.ts:2:25: Expected ")" but found "2"`);
});

test("every import that can't be resolved is named, with what to look at", async () => {
  const error = await errorOf({
    "defs.ts": `import a from "not-there";\nimport b from "./nowhere.ts";\nconsole.log(a, b);\n`,
  });

  expect(error.message).toContain(`defs.ts:1:15: Could not resolve "not-there"`);
  expect(error.message).toContain("among the dependencies of package.json");
  expect(error.message).toContain(`defs.ts:2:15: Could not resolve "./nowhere.ts"`);
});

test("an export that a package does not have is shown at the import", async () => {
  const error = await errorOf({ "defs.ts": `import { nonsense } from "zod";\nexport const a = nonsense;\n` });

  expect(error.code).toBe("definitions_threw");
  expect(error.message).toContain("defs.ts:1:10: SyntaxError");
});

test("errors about definitions name them with their lines", async () => {
  const error = await errorOf({
    "defs.ts": `import { asset } from "millrace";\nexport const a = asset("x", async () => 1);\nexport const b = asset("x", async () => 2);\n`,
  });

  expect(error).toMatchObject({ code: "duplicate_definition", stack: null });
  expect(error.message).toMatch(/asset "x" \(.*defs\.ts:2\) and asset "x" \(.*defs\.ts:3\)/);
});

test("config that definitions hold themselves has to fit", async () => {
  const error = await errorOf({
    "defs.ts": `import { asset, resource, withConfig } from "millrace";\nimport { z } from "zod";\nconst mail = resource("mail", { config: z.object({ port: z.int() }), setup: () => 1 });\nexport const a = asset("a", { resources: { mail: withConfig(mail, { port: "x" as never }) } }, () => 1);\n`,
  });

  expect(error).toMatchObject({ code: "invalid_config", stack: null });
  expect(error.message).toMatch(
    /^resource "mail" \(.*defs\.ts:4\): withConfig\.port: must be of type integer/,
  );
});

test("errors about definitions that name no line themselves are shown at the call", async () => {
  const error = await errorOf({
    "defs.ts": `import { job, op } from "millrace";\nconst send = op("send", (_context, text: string) => text);\nexport const ping = job("ping", () => {\n  send("hello" as never);\n});\n`,
  });

  expect(error.message).toMatch(/^defs\.ts:4:3: Input 1 of "send" must be what another op returned/);
  expect(error.message).toContain("> 4 |   send(");
});

test("a file without definitions, and no file at all, say what is missing", async () => {
  const empty = await errorOf({ "defs.ts": "export const a = 1;\n" });
  const missing = await errorOf({});
  const promised = await errorOf({ "defs.ts": "export const all = Promise.resolve(1);" });
  const nested = await errorOf({
    "defs.ts": `import { asset } from "millrace";\nexport const all = { one: asset("one", () => 1) };`,
  });

  expect(empty.code).toBe("not_a_definition");
  expect(promised.message).toMatch(/^The entry file exports no definitions:.*\n.*export "all" is a promise/);
  expect(nested.message).toMatch(
    /^The entry file exports no definitions:.*\n.*export "all" holds definitions \(.*defs\.ts:2\)/,
  );
  expect(missing.message).toMatch(/There is no file defs\.ts in \//);
});

test("code that asks where it is gets the place of its source", async () => {
  const files = {
    "defs.ts": ASSETS + `import "./nested/where.ts";`,
    "nested/where.ts": `
      import { readFileSync } from "node:fs";
      if (readFileSync(new URL("./data.txt", import.meta.url), "utf8") !== "data") throw new Error("not beside the source");
      if (!import.meta.dirname.endsWith("/nested")) throw new Error(import.meta.dirname);`,
    "nested/data.txt": "data",
  };

  expect(await validateInProcess(project(files), "defs.ts")).toMatchObject({ error: null });
});

test("files may await something while they are loaded, and import each other in a circle", async () => {
  const files = {
    "defs.ts": `import { asset } from "millrace";\nimport { waited } from "./waited.ts";\nexport const one = asset("one", () => waited);`,
    "waited.ts": "export const waited = await Promise.resolve(1);",
  };
  const circle = {
    "defs.ts": `import { asset } from "millrace";\nexport { two } from "./two.ts";\nexport const name = () => "one";\nexport const one = asset(name(), () => 1);`,
    "two.ts": `import { asset } from "millrace";\nimport { name } from "./defs.ts";\nexport const two = asset("two", () => name());`,
  };

  expect(await validateInProcess(project(files), "defs.ts")).toMatchObject({ error: null, assets: 1 });
  expect(await validateInProcess(project(circle), "defs.ts")).toMatchObject({ error: null, assets: 2 });
});

test("an export that the SDK does not have is shown at the import", async () => {
  const error = await errorOf({
    "defs.ts": `import { aset } from "millrace";\nexport const a = aset("a");\n`,
  });

  expect(error.message).toMatch(/"millrace" does not provide an export named 'aset'/);
  expect(error.message).toMatch(/defs\.ts:1/);
});

test("equal code has an equal digest and one folder; old folders go", async () => {
  const { folder } = project({ "defs.ts": ASSETS });
  const bundles = join(folder, ".millrace/bundles");
  for (let i = 0; i < 12; i++) {
    mkdirSync(join(bundles, `old-${i}`), { recursive: true });
    utimesSync(join(bundles, `old-${i}`), 1_000 + i, 1_000 + i);
  }

  const first = await bundleLocation(folder, "defs.ts");
  const second = await bundleLocation(folder, "defs.ts");

  expect(second).toEqual(first);
  expect(readdirSync(bundles).filter((name) => !name.startsWith("old-"))).toEqual([first.digest]);
  expect(readdirSync(bundles)).toHaveLength(10);
  expect(readdirSync(bundles)).not.toContain("old-2");
});
