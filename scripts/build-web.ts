/** Builds the web page into packages/web/dist, unless what it is made of has not changed since the last build. */
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
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== digest) {
  console.log("Building the web page …");
  execFileSync("vite", ["build", "--logLevel", "warn"], { cwd: `${root}packages/web`, stdio: "inherit" });
  writeFileSync(stamp, digest);
}
