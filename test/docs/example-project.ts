import { execFile } from "node:child_process";
import {
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { extractFromDocComments, extractFromMarkdown, type Example } from "./extract-examples.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A folder with every example as a module that can import what users import. */
export interface ExampleProject {
  readonly folder: string;
  readonly examples: readonly Example[];
}

/** What a tool answered about the project, with the places of the examples in place of those of their modules. */
export interface ToolResult {
  readonly succeeded: boolean;
  readonly output: string;
}

/** Writes the examples of the documentation and of the SDK's doc comments into a temporary folder. */
export function createExampleProject(): ExampleProject {
  const folder = mkdtempSync(join(tmpdir(), "millrace-docs-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.json"), include: ["**/*.ts"], exclude: ["node_modules"] }),
  );
  copyFileSync(join(root, "test/docs/example-world.ts"), join(folder, "example-world.ts"));
  const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].flatMap((file) =>
    extractFromMarkdown(file, readFileSync(join(root, file), "utf8")),
  );
  const comments = globSync("packages/{sdk,io-*,dbt,client}/src/**/*.ts", { cwd: root }).flatMap((file) =>
    extractFromDocComments(file, readFileSync(join(root, file), "utf8")),
  );
  for (const example of pages) writeModule(folder, example, "export {};");
  const sources = listImportable(folder);
  for (const example of comments) writeModule(folder, example, importUsedNames(example.text, sources));
  return { folder, examples: [...pages, ...comments] };
}

/** Type-checks all examples at once. */
export function typeCheck(project: ExampleProject): Promise<ToolResult> {
  return run(project, join(root, "node_modules/typescript/bin/tsc"), ["--noEmit", "--pretty", "false"]);
}

/** Runs the examples that are tests. */
export function runTests(project: ExampleProject): Promise<ToolResult> {
  return run(project, join(root, "node_modules/vitest/vitest.mjs"), [
    "run",
    "--no-isolate",
    "--root",
    project.folder,
  ]);
}

/** Imports every module of a Markdown page that is not a test, so that all it defines is made; checks what it exports. */
export function loadPages(project: ExampleProject): Promise<ToolResult> {
  const files = project.examples
    .filter((example) => example.source.endsWith(".md") && !isTest(example))
    .map((example) => join(project.folder, moduleName(example)));
  const script = `
    import { collectDefinitions } from "millrace/internal/definitions/definitions";
    import { resolveDefinitions } from "millrace/internal/definitions/resolve";
    let failed = false;
    for (const file of process.argv.slice(1)) {
      try {
        const exported = await import(file);
        if ("defs" in exported) resolveDefinitions(collectDefinitions(exported));
      } catch (error) {
        failed = true;
        console.error(file, error);
      }
    }
    process.exit(failed ? 1 : 0);`;
  return run(project, "--input-type=module", ["--eval", script, "--", ...files]);
}

/** Runs Node.js with a script in the project's folder. */
function run(project: ExampleProject, program: string, args: readonly string[]): Promise<ToolResult> {
  const { VITEST: _, ...env } = process.env;
  return new Promise((resolve) => {
    // An example may never end; the one whose result is missing in the output is that one.
    const options = { cwd: project.folder, env, timeout: 60_000, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ succeeded: error === null, output: toSourcePlaces(project, `${stdout}\n${stderr}`) });
    });
  });
}

/** `docs/a.md.L12.ts(14,3)` is line 14 of `docs/a.md`. */
function toSourcePlaces(project: ExampleProject, output: string): string {
  return output.replaceAll(`${project.folder}/`, "").replaceAll(/\.L\d+(\.test)?\.ts/g, "");
}

function isTest(example: Example): boolean {
  return example.text.includes('from "vitest"');
}

function moduleName(example: Example): string {
  return `${example.source}.L${example.line}${isTest(example) ? ".test" : ""}.ts`;
}

/** The first line is free for a header: no example begins there. */
function writeModule(folder: string, example: Example, header: string): void {
  const path = join(folder, moduleName(example));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, header + example.text);
}

/** Names that an example in a doc comment may use without an import, as import specifiers by module. */
function listImportable(folder: string): ReadonlyMap<string, readonly string[]> {
  const namesIn = (file: string): string[] =>
    [...readFileSync(join(root, "packages", file), "utf8").matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(
      ([, type, names]) =>
        (names ?? "")
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== "")
          .map((name) => (type === undefined ? name : `type ${name}`)),
    );
  const world = [
    ...readFileSync(join(root, "test/docs/example-world.ts"), "utf8").matchAll(
      /^export (?:declare |async )*(const|function|interface|type) (\w+)/gm,
    ),
  ].map(([, kind, name]) => (kind === "interface" || kind === "type" ? `type ${name}` : String(name)));
  return new Map([
    ["millrace", namesIn("sdk/src/index.ts")],
    ["millrace/testing", namesIn("sdk/src/testing.ts")],
    ["millrace-s3", namesIn("io-s3/src/index.ts")],
    ["millrace-duckdb", namesIn("io-duckdb/src/index.ts")],
    ["millrace-postgres", namesIn("io-postgres/src/index.ts")],
    ["millrace-dbt", namesIn("dbt/src/index.ts")],
    ["millrace-client", namesIn("client/src/index.ts")],
    ["zod", ["z"]],
    ["vitest", ["expect"]],
    [join(folder, "example-world.ts"), world],
  ]);
}

function importUsedNames(text: string, sources: ReadonlyMap<string, readonly string[]>): string {
  const imports = [...sources].map(([specifier, names]) => {
    const used = names.filter((name) => {
      const bare = name.replace(/^type /, "");
      const isDeclared = new RegExp(`\\b(?:const|function|interface|type) (?:\\{[^}]*)?\\b${bare}\\b`).test(
        text,
      );
      return !isDeclared && new RegExp(`(?<![.\\w])${bare}\\b(?!:)`).test(text);
    });
    return used.length === 0 ? "" : `import { ${used.join(", ")} } from "${specifier}";`;
  });
  return ["export {};", ...imports].join(" ");
}
