/** Fails when a generated file differs from what the sources give. */
import { execFileSync } from "node:child_process";

const root = new URL("..", import.meta.url).pathname;
const before = digests();
execFileSync(process.execPath, ["scripts/gen.ts"], { cwd: root, stdio: "inherit" });
const stale = Object.entries(digests()).filter(([file, digest]) => before[file] !== digest);
if (stale.length > 0) {
  console.error(
    `Generated files were not current (they are now; commit them):\n${stale.map(([file]) => `  ${file}`).join("\n")}`,
  );
  process.exit(1);
}

/** What git would store for every file that `npm run gen` writes. */
function digests(): Record<string, string> {
  const files = execFileSync(
    "git",
    [
      "ls-files",
      "-co",
      "--exclude-standard",
      "--",
      "*.gen.ts",
      "packages/protocol/src/gen",
      "*/schema.graphql",
    ],
    { cwd: root, encoding: "utf8" },
  )
    .split("\n")
    .filter(Boolean);
  const hashes = execFileSync("git", ["hash-object", "--no-filters", ...files], {
    cwd: root,
    encoding: "utf8",
  }).split("\n");
  return Object.fromEntries(files.map((file, index) => [file, hashes[index] ?? ""]));
}
