import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { CommandError } from "../user-api/client.ts";

/** Where the sources of Millrace's packages are, which a project in a checkout's neighbourhood compiles from there. */
const PACKAGES = fileURLToPath(new URL("../../../", import.meta.url));

/** What the compiler says of a project. */
export interface TypeErrors {
  /** Errors in the author's own files and options, as the compiler writes them; null: there are none. */
  readonly own: string | null;
  /** How many errors stand in the sources of packages, which are read with the project's compiler options. */
  readonly inPackages: number;
}

/**
 * Checks the types of a project with the TypeScript that is installed in it, by its own `tsconfig.json`.
 *
 * @throws CommandError when the project has no TypeScript.
 */
export async function checkTypes(folder: string): Promise<TypeErrors> {
  const compiler = findCompiler(folder);
  // Where it is no terminal, Node leaves `isTTY` out.
  const options = ["--noEmit", "--pretty", process.stderr.isTTY ? "true" : "false"];
  const child = spawn(process.execPath, [compiler, ...options], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const code = await new Promise<number | null>((done, reject) => {
    child.on("error", reject).on("close", done);
  });
  if (code === 0) return { own: null, inPackages: 0 };
  return divideErrors(folder, output.trim() || `The compiler ended with exit code ${code}`);
}

/** A file with a place in it, as `--pretty` writes it or not; or a type of the language itself that the `lib` does not have. */
const BEGINNING = /^(?:(\S.*?)(?:\(\d+,\d+\): error TS|:\d+:\d+ - error TS)|error TS2318: )/;

function divideErrors(folder: string, output: string): TypeErrors {
  const blocks: { readonly isOwn: boolean; readonly lines: string[] }[] = [];
  for (const line of output.split("\n")) {
    const [beginning, path] = BEGINNING.exec(stripVTControlCharacters(line)) ?? [];
    const isOwn = beginning === undefined || (path !== undefined && !isInPackage(resolve(folder, path)));
    if (beginning !== undefined || blocks.length === 0) blocks.push({ isOwn, lines: [] });
    blocks.at(-1)?.lines.push(line);
  }
  const own = blocks.filter(({ isOwn }) => isOwn);
  const inPackages = blocks.length - own.length;
  const text = own.flatMap(({ lines }) => lines).join("\n");
  // The compiler's own sum at the end counts all of them.
  const kept = (inPackages === 0 ? text : text.replace(/\nFound \d+ errors?[^]*$/, "")).trim();
  return { own: kept === "" ? null : kept, inPackages };
}

function isInPackage(path: string): boolean {
  return path.startsWith(PACKAGES) || path.includes(`${sep}node_modules${sep}`);
}

function findCompiler(folder: string): string {
  try {
    const manifest = createRequire(join(folder, "package.json")).resolve("typescript/package.json");
    const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly bin: { readonly tsc: string } };
    return join(dirname(manifest), bin.tsc);
  } catch (cause) {
    throw new CommandError(
      `--types needs TypeScript in ${folder}: npm install --save-dev typescript, and a tsconfig.json`,
      { cause },
    );
  }
}
