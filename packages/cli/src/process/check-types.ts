import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { CommandError } from "../user-api/client.ts";

/**
 * Checks the types of a project with the TypeScript that is installed in it, by its own `tsconfig.json`.
 *
 * @returns what the compiler says; null: there are no errors.
 * @throws CommandError when the project has no TypeScript.
 */
export async function checkTypes(folder: string): Promise<string | null> {
  const compiler = findCompiler(folder);
  // Where it is no terminal, Node leaves `isTTY` out.
  const options = ["--noEmit", "--pretty", process.stderr.isTTY ? "true" : "false"];
  const child = spawn(process.execPath, [compiler, ...options], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  return code === 0 ? null : output.trim() || `The compiler ended with exit code ${code}`;
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
