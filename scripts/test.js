// `npm test`: installs what is missing, then runs every test: unit, system, browser. Extra words go to Vitest, such as a file's name.
import { spawnSync } from "node:child_process";
import {
  buildWeb,
  environment,
  installDebianPackages,
  installPackages,
  nodeProgram,
  root,
} from "./install.js";

installPackages();
installDebianPackages({
  "/usr/bin/chromium": "chromium",
  "/usr/sbin/pgbouncer": "pgbouncer",
  "/usr/bin/openssl": "openssl",
  // Only root can start an engine: elsewhere the tests that need one say so.
  ...(process.getuid?.() === 0 ? { "/usr/sbin/dockerd": "docker.io", "/sbin/ip": "iproute2" } : {}),
});
buildWeb();
const result = spawnSync(nodeProgram(), ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)], {
  cwd: root,
  env: environment(),
  stdio: "inherit",
});
process.exit(result.status ?? 1);
