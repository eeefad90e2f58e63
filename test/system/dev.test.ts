import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { createProject, type TestProject } from "./project.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));
const DEFINITIONS = `
  import { asset, definitions, job } from "millrace";
  const one = asset("one", {}, () => 1);
  const two = asset("two", { deps: [one] }, (_context, value) => value + 1);
  export const defs = definitions({ assets: [one, two], jobs: [job("all", { selection: "*" })] });
`;

let project: TestProject | undefined;
let dev: ChildProcess | undefined;
const homes: string[] = [];
afterEach(async () => {
  if (dev && dev.exitCode === null && dev.signalCode === null) {
    dev.kill("SIGTERM");
    await once(dev, "exit");
  }
  project?.remove();
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

test("--launch JOB --exit runs the job, prints its steps, exits 0 and leaves no process behind; twice in a row", async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  const home = makeHome();
  for (const _ of [1, 2]) {
    const output = await runToEnd(["--launch", "all", "--exit", "--home", home]);
    expect(output.text).toMatch(/✔ one[\s\S]*✔ two[\s\S]*SUCCESS/);
    expect(output.code).toBe(0);
    expect(processesThatName(home)).toEqual([]);
  }
});

test("--exit ends with 1 when the job fails, or the definitions do not load", async () => {
  project = createProject({
    "src/definitions.ts": DEFINITIONS.replace("=> value + 1", "=> { throw new Error('two is broken'); }"),
  });
  const failed = await runToEnd(["--launch", "all", "--exit", "--home", makeHome()]);
  expect(failed.code).toBe(1);
  expect(failed.text).toMatch(/two is broken/);

  project.write("src/definitions.ts", "throw new Error('no definitions today');");
  const broken = await runToEnd(["--launch", "all", "--exit", "--home", makeHome()]);
  expect(broken.code).toBe(1);
  expect(broken.text).toMatch(/no definitions today/);
});

test("a saved file loads the definitions again; a broken one says so and the version before goes on serving", async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  const home = makeHome();
  const output = startDev(["--home", home]);
  await output.until(/2 assets/);

  project.write(
    "src/definitions.ts",
    DEFINITIONS.replace("assets: [one, two]", `assets: [one, two, asset("three", {}, () => 3)]`),
  );
  await output.until(/3 assets/);
  project.write("src/definitions.ts", "export const = nonsense;");
  await output.until(/does not load; the version before goes on serving/);

  dev?.kill("SIGINT");
  await once(dev ?? process, "exit");
  expect(processesThatName(home)).toEqual([]);
});

test("a control plane that is killed under `millrace dev` is started again", async () => {
  project = createProject({ "src/definitions.ts": DEFINITIONS });
  const home = makeHome();
  const output = startDev(["--home", home]);
  await output.until(/2 assets/);

  const [server] = processesThatName(home).filter((line) => line.includes(" server "));
  process.kill(Number(server?.split(" ")[0]), "SIGKILL");
  await output.until(/control plane ended/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.text())?.[0] ?? "";
  await expect
    .poll(async () => (await fetch(`${url}/healthz`).catch(() => null))?.status, { timeout: 20_000 })
    .toBe(200);
});

function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), "millrace-home-"));
  homes.push(home);
  return home;
}

function startDev(args: readonly string[]) {
  dev = spawn(process.execPath, [millrace, "dev", project?.folder ?? "", "--port", "0", ...args], {
    env: { ...process.env, NO_COLOR: "1" },
  });
  let text = "";
  const waiting: (() => void)[] = [];
  for (const stream of [dev.stdout, dev.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      for (const wake of waiting.splice(0)) wake();
    });
  }
  const ended = once(dev, "exit");
  return {
    text: () => text,
    async until(pattern: RegExp): Promise<void> {
      while (!pattern.test(text)) {
        const [code] = await Promise.race([
          new Promise<[null]>((resolve) => waiting.push(() => resolve([null]))),
          ended,
        ]);
        if (typeof code === "number")
          throw new Error(`millrace dev ended with ${code} before ${pattern}:\n${text}`);
      }
    },
  };
}

async function runToEnd(args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const output = startDev(args);
  const [code] = (await once(dev ?? process, "close")) as [number | null];
  return { code, text: output.text() };
}

/** Command lines of living processes that name the home. */
function processesThatName(home: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return command.includes(home) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}
