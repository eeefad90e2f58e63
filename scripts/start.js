// `npm start`: installs what is missing, then runs the example with everything it needs. Extra words go to `millrace dev`.
import { spawn } from "node:child_process";
import { buildWeb, environment, installPackages, nodeProgram, root } from "./install.js";

installPackages();
buildWeb();
const words = ["dev", "examples/flights", "--launch", "flights_report", "--partition", "2001-06-01"];
const child = spawn(nodeProgram(), ["packages/cli/bin/millrace.js", ...words, ...process.argv.slice(2)], {
  cwd: root,
  env: environment(),
  stdio: "inherit",
});
// Ctrl-C reaches the child as well; this process waits for it to end in order.
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
// npm hands a SIGTERM to the shell that it started this in, and to nothing else.
const shell = process.ppid;
setInterval(() => process.ppid !== shell && child.kill("SIGTERM"), 1_000).unref();
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 128 : 1)));
