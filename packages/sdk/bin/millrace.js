#!/usr/bin/env node
// The command of the project in whose folder it is started: it is a package of its own, which code that only imports the SDK does without.
import * as module from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const COMMAND = "@millrace/cli/bin/millrace.js";

function find() {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    try {
      return module.createRequire(from).resolve(COMMAND);
    } catch {
      // Not there.
    }
  }
  return null;
}

const file = find();
if (file === null) {
  console.error(
    "millrace: the command is the package @millrace/cli, which is not installed here.\n" +
      "Install it in your project: npm install --save-dev @millrace/cli, then start millrace with npx.",
  );
  process.exitCode = 1;
} else {
  await import(pathToFileURL(file).href);
}
