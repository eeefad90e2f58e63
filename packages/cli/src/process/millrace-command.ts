import { fileURLToPath } from "node:url";

/** The words that start this same `millrace` as a process of its own, before its subcommand. */
export function millraceCommand(): readonly [string, string] {
  return [process.execPath, fileURLToPath(new URL("../../bin/millrace.js", import.meta.url))];
}
