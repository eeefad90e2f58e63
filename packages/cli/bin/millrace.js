#!/usr/bin/env node
// Plain JavaScript that any Node reads, so that an old one gets a sentence instead of a syntax error: nothing is imported by a name that
// an old one does not have.
import * as module from "node:module";
import { join } from "node:path";

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(
    `millrace needs Node 24 or later; this is ${process.version} (${process.execPath}).\n` +
      "Install Node 24, or add it to your project: npm install --save-dev node@24, then start millrace with npx.",
  );
  process.exit(1);
}
// A folder of our own, which code servers keep small; where it can't be written, Node's in the temporary folder.
const { HOME, XDG_CACHE_HOME, NODE_COMPILE_CACHE } = process.env;
const caches = XDG_CACHE_HOME || (HOME && join(HOME, ".cache"));
const own = caches && !NODE_COMPILE_CACHE ? join(caches, "millrace/compiled") : undefined;
const { constants, enableCompileCache } = module;
if (enableCompileCache(own).status === constants.compileCacheStatus.FAILED) enableCompileCache();

// What agents and scripts start must start fast: it loads nothing of the command line but its own entry.
const [plane, program, option] = process.argv.slice(2);
const ownProgram = plane === "api" && option !== "--help" ? program : undefined;
if (ownProgram === "execute-run") {
  const { main } = await import("../src/commands/execute-run.ts");
  await main(process.argv.slice(4));
} else if (plane === "execute") {
  const { main } = await import("../src/commands/execute.ts");
  await main(process.argv);
} else {
  const { loadProgram } = await import("../src/program/load-program.ts");
  const isCodeServer = ownProgram === "code-server";
  const { main } = await loadProgram(isCodeServer ? "code-server.mjs" : "main.mjs", plane);
  await main(isCodeServer ? process.argv.slice(4) : process.argv);
}
