import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { findBuild, type KeptBuild } from "@millrace/runtime/loading/kept-build";
import { enableLazySourceMaps } from "@millrace/runtime/loading/lazy-source-maps";
import { type PROGRAMS, programsFolder, programsSeed } from "./programs.ts";

/** A program of `millrace`: does what its arguments say. */
export interface Program {
  readonly main: (args: readonly string[]) => Promise<void>;
}

/** Subcommands that load much of their own: what Node keeps compiled of the command is kept for each of them apart. */
const LONG_RUNNING: readonly (string | undefined)[] = ["server", "agent", "dev"];

/**
 * Loads a program from the one file that an earlier start has made of its sources and of all packages, or has that file made first:
 * to find, read and link 2,000 files takes three times as long and twice the memory. Where it can't be made or kept, and
 * while another process makes it, the sources are loaded as they are.
 *
 * @param subcommand what the program is loaded for.
 */
export async function loadProgram(name: keyof typeof PROGRAMS, subcommand?: string): Promise<Program> {
  if (LONG_RUNNING.includes(subcommand)) keepYoungGenerationSmall();
  const built = findBuild(programsFolder(), programsSeed()) ?? makePrograms();
  const file = built?.files.find((path) => basename(path) === name);
  if (file === undefined)
    return name === "code-server.mjs" ? import("../commands/code-server.ts") : import("../main.ts");
  enableLazySourceMaps();
  const url = pathToFileURL(file);
  // Node keeps of a file what the first process that loaded it had compiled by its end.
  if (LONG_RUNNING.includes(subcommand)) url.search = `?${subcommand}`;
  return (await import(url.href)) as Program;
}

/**
 * For what mostly waits: it costs nothing, and saves a server some 40 MB of memory. Before anything big is loaded: what was compiled with
 * other flags is compiled again.
 */
function keepYoungGenerationSmall(): void {
  setFlagsFromString("--max-semi-space-size=2");
  setFlagsFromString("--semi-space-growth-factor=1");
}

function makePrograms(): KeptBuild | null {
  if (!canWrite(programsFolder())) return null;
  const builder = fileURLToPath(new URL("build-programs.ts", import.meta.url));
  const { status } = spawnSync(process.execPath, [builder], { stdio: "ignore" });
  return status === 0 ? findBuild(programsFolder(), programsSeed()) : null;
}

function canWrite(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
