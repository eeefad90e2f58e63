// Plain JavaScript for any Node from 20 on: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}node_modules/.millrace-installed`;

/** Runs a program with its output on the terminal, and ends this process with its code if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { stdio: "inherit", cwd: root, ...options });
  if (result.error) {
    console.error(`${command} can't be started: ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs the npm packages when the lock file says something else than what is installed. */
export function installPackages() {
  const wanted = createHash("sha256")
    .update(readFileSync(`${root}package-lock.json`))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(nodeProgram())) return;
  console.log("Installing the npm packages (once; about a minute) …");
  // Not `npm ci`: it refuses a lock file that lacks a tool's binaries for other systems, which a registry may not have.
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (!existsSync(nodeProgram())) {
    // npm was told not to run install scripts: this one puts Node 24 in place.
    run(process.execPath, ["installArchSpecificPackage.js"], { cwd: `${root}node_modules/node` });
  }
  writeFileSync(stamp, wanted);
}

/** The Node that the project pins. */
export function nodeProgram() {
  return `${root}node_modules/.bin/node`;
}

/** The environment in which the pinned Node and the project's tools come first. */
export function environment() {
  return { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` };
}

/** Installs Debian packages that provide missing programs. Says what to do where it can't. */
export function installDebianPackages(programs) {
  const missing = Object.entries(programs).filter(([file]) => !existsSync(file));
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
    console.error(
      `These are missing: ${names.join(", ")}. Install them first: sudo apt-get install ${names.join(" ")}`,
    );
    process.exit(1);
  }
  console.log(`Installing Debian packages: ${names.join(", ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-qq"], { env });
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Builds the web page when its sources changed since the last build. */
export function buildWeb() {
  run(nodeProgram(), ["scripts/build-web.ts"], { env: environment() });
}
