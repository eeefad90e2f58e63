// `npm run check`: everything that can be said without running the product. Prints each check and stops at the first that fails.
import { environment, installPackages, nodeProgram, root, run } from "./install.js";

installPackages();
const checks = [
  ["format", "oxfmt", ["--check", "."]],
  ["lint", "oxlint", ["--type-aware", "--deny-warnings", "."]],
  ["types", "tsc", ["--noEmit"]],
  ["types of the web page", "tsc", ["--noEmit", "-p", "packages/web"]],
  ["unused code", "knip", []],
  ["protocol", "buf", ["lint", "packages/protocol"]],
  ["generated files", nodeProgram(), ["scripts/check-generated.ts"]],
];
for (const [what, command, args] of checks) {
  console.log(`check: ${what}`);
  run(command, args, { cwd: root, env: environment() });
}
