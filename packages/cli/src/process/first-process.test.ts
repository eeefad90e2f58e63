import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "millrace-first-process-"));
afterAll(() => rmSync(folder, { recursive: true }));
const MODULE = new URL("./first-process.ts", import.meta.url).href;

/** Runs a program as the first process of a PID namespace, as in a container. */
function startFirst(name: string, program: string): ChildProcess {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { spawnSync } from "node:child_process";
     import { readdirSync } from "node:fs";
     import { setTimeout as sleep } from "node:timers/promises";
     import { endsWithContainer, leaveFirstPlaceToShell } from ${JSON.stringify(MODULE)};
     leaveFirstPlaceToShell();
     ${program}`,
  );
  const asUser = process.getuid?.() === 0 ? [] : ["--map-current-user"];
  const words = [
    ...asUser,
    "--pid",
    "--fork",
    "--mount-proc",
    "--kill-child=SIGKILL",
    process.execPath,
    file,
  ];
  return spawn("unshare", words, { stdio: ["ignore", "pipe", "inherit"] });
}

test("what loses its parent in a container is collected, and the program's exit code is the container's", async () => {
  const container = startFirst(
    "orphans",
    `spawnSync("sh", ["-c", "sleep 0.05 & sleep 0.05 &"]);
     const others = () => readdirSync("/proc").filter((name) => /^\\d+$/.test(name) && name !== "1" && Number(name) !== process.pid);
     for (let tries = 0; others().length > 0 && tries < 200; tries++) await sleep(20);
     process.exit(others().length === 0 && endsWithContainer() ? 7 : 1);`,
  );
  const [code] = (await once(container, "exit")) as [number | null];
  expect(code).toBe(7);
}, 20_000);

test("a signal to the container comes to the program, which ends in its own time", async () => {
  const container = startFirst(
    "signals",
    `process.on("SIGTERM", () => setTimeout(() => process.exit(9), 20));
     setInterval(() => {}, 1000);
     console.log("ready");`,
  );
  const ended = once(container, "exit");
  if (container.stdout) await once(container.stdout, "data");
  const children = readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, "utf8");
  process.kill(Number(children), "SIGTERM");
  const [code] = (await ended) as [number | null];
  expect(code).toBe(9);
}, 20_000);
