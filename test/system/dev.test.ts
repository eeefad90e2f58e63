import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { cloneDatabase, TEMPLATE_DATABASE } from "@millrace/control-plane/testing/clone-database";
import { createClient } from "millrace-client";
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
const databases: { drop(): Promise<void> }[] = [];

/** Ends what the last start has started, and removes what it had. */
async function endDev(): Promise<void> {
  if (dev && dev.exitCode === null && dev.signalCode === null) {
    dev.kill("SIGTERM");
    await once(dev, "exit");
  }
  project?.remove();
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
  for (const database of databases.splice(0)) await database.drop();
}

/** A database that is there at once, for starts that are not about the one that the server brings. */
async function databaseOfTests(): Promise<Record<string, string>> {
  const database = await cloneDatabase(inject("testDatabaseUrl"), TEMPLATE_DATABASE);
  databases.push(database);
  return { DATABASE_URL: database.url };
}

describe("while it serves a project", () => {
  let home = "";
  let output: DevOutput;
  let url = "";
  beforeAll(async () => {
    project = createProject({
      ".env": "SHOP=first\nHOME=ignored",
      "src/definitions.ts": `import { asset } from "millrace"; import sql from "./one.sql"; export const one = asset(process.env.SHOP ?? "none", { description: sql }, () => 1);
        export const left = asset("left", () => 1); export { definitions as defs } from "./defs.ts";`,
      "src/one.sql": "select 1",
      "src/defs.ts": defsOf(),
    });
    home = makeHome();
    output = startDev(["--home", home]);
    await output.until(/2 assets/);
    await output.until(/http:\/\/127\.0\.0\.1:\d+/);
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.text())?.[0] ?? "";
  });
  afterAll(endDev);

  /** Definitions of two assets, and of further ones. */
  function defsOf(...further: readonly string[]): string {
    const assets = further.map((name) => `, asset("${name}", () => 1)`).join("");
    return `import { asset, definitions as define } from "millrace"; export const definitions = define({ assets: [asset("shop_" + process.env.SHOP, () => 1), asset(process.env.HOME === "ignored" ? "file" : "shell", () => 1)${assets}] });`;
  }

  test("variables of .env reach the code, and change with the file; files that nothing is made of do not count", async () => {
    await output.until(/! export "one" .*definitions\.ts:1\) is not part of the location/);
    expect(await listAssets(url)).toEqual(["shell", "shop_first"]);

    project?.write("src/unused.ts", "nothing");
    project?.write(".env.local", "SHOP=second");
    await output.until(/\.env\.local changed/);
    await expect.poll(() => listAssets(url)).toEqual(["shell", "shop_second"]);
    project?.write("src/one.sql", "select 2");
    await output.until(/src\/one\.sql changed/);
    expect(output.text()).not.toContain("unused.ts changed");
  });

  test("a saved file loads the definitions again; a broken one says so and the version before goes on serving", async () => {
    project?.write("src/defs.ts", defsOf("third"));
    await output.until(/3 assets/);
    project?.write("src/defs.ts", "export const = nonsense;");
    await output.until(/does not load; the version before goes on serving/);
    expect(await listAssets(url)).toEqual(["shell", "shop_second", "third"]);
  });

  test("a control plane that is killed is started again", async () => {
    const [server] = processesThatName(home).filter((line) => line.includes(" server "));
    process.kill(Number(server?.split(" ")[0]), "SIGKILL");
    await output.until(/control plane ended/);
    await expect
      .poll(async () => (await fetch(`${url}/healthz`).catch(() => null))?.status, { timeout: 60_000 })
      .toBe(200);
  });

  test("Ctrl-C leaves no process behind", async () => {
    dev?.kill("SIGINT");
    await once(dev ?? process, "exit");
    expect(processesThatName(home)).toEqual([]);
  });

  // The home of a server that brings its database is made once: what follows starts on what the one before has left.
  test("--launch JOB --exit runs the job, prints its steps, exits 0 and leaves no process behind", async () => {
    project?.write("src/definitions.ts", DEFINITIONS);
    const { code, text } = await runToEnd(["--launch", "all", "--exit", "--home", home]);
    expect(text).toMatch(/✔ one[\s\S]*✔ two[\s\S]*SUCCESS/);
    expect(code).toBe(0);
    expect(processesThatName(home)).toEqual([]);
  });

  test("a signal to the whole group of processes ends all of them, and restarts none", async () => {
    output = startDev(["--home", home], { detached: true });
    await output.until(/2 assets/);
    process.kill(-(dev?.pid ?? 0), "SIGTERM");
    await once(dev ?? process, "close");
    expect(output.text()).not.toContain("starting it again");
    // What the agent had started, in groups of its own, sees that it is gone a moment later.
    await vi.waitFor(() => expect(processesThatName(home)).toEqual([]), 5_000);
  });
});

describe("started anew", () => {
  afterEach(endDev);

  test("--exit ends with 1 when the job fails, or the definitions do not load", async () => {
    project = createProject({
      "src/definitions.ts": DEFINITIONS.replace("=> value + 1", "=> { throw new Error('two is broken'); }"),
    });
    const words = ["--launch", "all", "--exit", "--home", makeHome()];
    const environment = await databaseOfTests();
    const failed = await runToEnd(words, environment);
    expect(failed.code).toBe(1);
    expect(failed.text).toMatch(/two is broken/);

    project.write("src/definitions.ts", "throw new Error('no definitions today');");
    const broken = await runToEnd(words, environment);
    expect(broken.code).toBe(1);
    expect(broken.text).toMatch(/no definitions today/);
  });

  test("--inspect-brk: each run waits for a debugger, which is told where, and sees the run's own process", async () => {
    project = createProject({ "src/definitions.ts": DEFINITIONS });
    const environment = await databaseOfTests();
    const output = startDev(["--home", makeHome(), "--inspect-brk"], { environment });
    await output.until(/2 assets/);
    await output.until(/http:\/\/127\.0\.0\.1:\d+/);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output.text())?.[0] ?? "";
    const client = createClient({ url });
    const runs = [await client.launch("all"), await client.launch("all")];
    const left = await client.launch("all");

    for (const { id } of [...runs, left]) await output.until(new RegExp(`all ${id}: debugger at ws://`));
    const addresses = runs.map(
      ({ id }) => new RegExp(`${id}: debugger at (ws://\\S+)`).exec(output.text())?.[1],
    );
    expect(new Set(addresses).size).toBe(2);
    for (const run of runs) expect((await run.state()).endedAt).toBeNull();
    const workers = await Promise.all(addresses.map((address) => attach(address ?? "")));

    expect(new Set(workers).size).toBe(2);
    for (const worker of workers) expect(worker).toMatch(/ api execute-run /);
    expect((await Promise.all(runs.map((run) => run.wait()))).map(({ status }) => status)).toEqual([
      "SUCCESS",
      "SUCCESS",
    ]);
    // As whoever ends `dev` does.
    const { run } = await ask<{ run: { worker: { place: string } } }>(
      url,
      `{ run(id: "${left.id}") { worker { place } } }`,
    );
    process.kill(Number.parseInt(run.worker.place, 10), "SIGINT");
    expect(await left.wait()).toMatchObject({ status: "CANCELED" });
  });

  test("a port that is taken is a sentence", async () => {
    project = createProject({ "src/definitions.ts": DEFINITIONS });
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    dev = spawn(process.execPath, [
      millrace,
      "dev",
      project.folder,
      "--port",
      String(port),
      "--home",
      makeHome(),
    ]);
    let text = "";
    for (const stream of [dev.stdout, dev.stderr])
      stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const [code] = (await once(dev, "close")) as [number];
    taken.close();
    expect({ code, text }).toEqual({
      code: 1,
      text: expect.stringMatching(/^Port \d+ is taken by another program: .*\n$/) as string,
    });
  });
});

/** Attaches a debugger to a run that waits for one, lets it go on, and tells the command line that it found there. */
async function attach(address: string): Promise<unknown> {
  const socket = new WebSocket(address);
  await once(socket, "open");
  const ask = async (id: number, method: string, params: object = {}) => {
    socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [message] = (await once(socket, "message")) as [MessageEvent<string>];
      const answer = JSON.parse(message.data) as { id?: number; result: { result?: { value: unknown } } };
      if (answer.id === id) return answer.result.result?.value;
    }
  };
  const command = await ask(1, "Runtime.evaluate", {
    expression: "[process.pid, ...process.argv].join(' ')",
  });
  await ask(2, "Runtime.runIfWaitingForDebugger");
  socket.close();
  return command;
}

async function listAssets(url: string): Promise<string[]> {
  const { assets } = await ask<{ assets: { nodes: { key: string }[] } }>(
    url,
    "{ assets(limit: 100) { nodes { key } } }",
  );
  return assets.nodes.map(({ key }) => key).toSorted();
}

async function ask<T>(url: string, query: string): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return ((await response.json()) as { data: T }).data;
}

function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), "millrace-home-"));
  homes.push(home);
  return home;
}

interface DevOutput {
  text(): string;
  /** Waits until what it has printed matches. */
  until(pattern: RegExp): Promise<void>;
}

function startDev(
  args: readonly string[],
  options: { readonly detached?: boolean; readonly environment?: Record<string, string> } = {},
): DevOutput {
  const { environment = {}, detached = false } = options;
  dev = spawn(process.execPath, [millrace, "dev", project?.folder ?? "", "--port", "0", ...args], {
    env: { ...process.env, NO_COLOR: "1", ...environment },
    detached,
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

async function runToEnd(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; text: string }> {
  const output = startDev(args, { environment });
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
