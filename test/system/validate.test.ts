import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { createProject } from "./project.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));
const GOOD = `
  import { asset } from "millrace";
  export const orders = asset("orders", () => 12);
  export const doubled = asset("doubled", { deps: [orders] }, (_context, rows) => rows * 2);
`;
const OPTIONS = {
  strict: true,
  noEmit: true,
  module: "nodenext",
  target: "es2024",
  lib: ["es2025", "esnext.disposable"],
  types: ["node"],
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  erasableSyntaxOnly: true,
  exactOptionalPropertyTypes: true,
};
const withOptions = (options: object) => JSON.stringify({ compilerOptions: options, include: ["src"] });
const project = createProject({ "src/definitions.ts": GOOD, "tsconfig.json": withOptions(OPTIONS) });
afterAll(() => project.remove());

async function validate(...options: readonly string[]) {
  const args = [millrace, "definitions", "validate", project.folder, ...options];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [output, complaints, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output, complaints };
}

test("a type error fails --types with its place, and not the check without, as types are not read when code is loaded", async () => {
  expect(await validate("--types")).toMatchObject({ code: 0, output: expect.stringContaining("2 assets") });

  project.write("src/definitions.ts", GOOD.replace("rows * 2", "rows.toUpperCase()"));
  expect(await validate()).toMatchObject({ code: 0, output: expect.stringContaining("2 assets") });
  expect(await validate("--types")).toMatchObject({
    code: 1,
    output: "",
    complaints: expect.stringMatching(
      /src\/definitions\.ts\(4,\d+\): error TS2339: Property 'toUpperCase' does not exist on type 'number'[\s\S]*There are type errors/,
    ),
  });
});

test("what does not load and what does not compile are both told", async () => {
  project.write("src/definitions.ts", `${GOOD}\nconst text: string = 3;\nthrow new Error("not today");`);
  expect(await validate("--types")).toMatchObject({
    code: 1,
    complaints: expect.stringMatching(/TS2322[\s\S]*The definitions do not load:[\s\S]*not today/),
  });
});

test("errors in the sources of packages are no errors of the author's, and one sentence says which options they need", async () => {
  const { lib: _lib, types: _types, ...older } = { ...OPTIONS, target: "es2022" };
  project.write("tsconfig.json", withOptions(older));
  project.write("src/definitions.ts", GOOD);
  const right = await validate("--types");
  project.write("src/definitions.ts", GOOD.replace("rows * 2", "rows.toUpperCase()"));
  const wrong = await validate("--types");

  expect(right).toMatchObject({
    code: 0,
    complaints: expect.stringMatching(
      /^! \d+ type errors in the sources of packages, [^\n]*"lib": \["es2025"\][^\n]*\n$/,
    ),
  });
  expect(wrong).toMatchObject({
    code: 1,
    complaints: expect.stringMatching(
      /^src\/definitions\.ts\(4,\d+\): error TS2339[^\n]*\n! \d+ type errors/,
    ),
  });
});

test("what code printed before it ended its process is told once", async () => {
  project.write("src/definitions.ts", `console.error("SHOP_URL is not set"); process.exit(1);`);

  const { code, complaints } = await validate();

  expect(code).toBe(1);
  expect(complaints.match(/SHOP_URL is not set\n/g)).toHaveLength(1);
});
