#!/usr/bin/env node
// Plain JavaScript that any Node reads, so that an old one gets a sentence instead of a syntax error.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(`create-millrace needs Node 24 or later; this is ${process.version} (${process.execPath}).`);
  process.exit(1);
}
const { main } = await import("../src/main.ts");
process.exitCode = main(process.argv.slice(2));
