/**
 * Builds the web page into packages/web/dist, unless what it is made of has not changed since the last build. With `--check` it builds
 * nothing, and exits with 1 when it would.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("..", import.meta.url).pathname;
const stamp = `${root}packages/web/dist/.built-from`;

const hash = createHash("sha256");
const sources = globSync(
  [
    "packages/web/{src,public}/**/*",
    "packages/web/*.{html,ts,json}",
    "packages/model/src/**/*.ts",
    "package-lock.json",
  ],
  {
    cwd: root,
    withFileTypes: true,
  },
);
for (const file of sources
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`)
  .sort()) {
  hash.update(file.slice(root.length)).update(readFileSync(file));
}
const digest = hash.digest("hex");
const isBuilt = existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
if (process.argv.includes("--check")) {
  process.exitCode = isBuilt ? 0 : 1;
} else if (!isBuilt) {
  console.log("Building the web page …");
  execFileSync("vite", ["build", "--logLevel", "warn"], { cwd: `${root}packages/web`, stdio: "inherit" });
  writeFileSync(stamp, digest);
}
