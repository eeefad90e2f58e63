import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The version that everything is measured against. */
export const DAGSTER_VERSION = "1.13.27";

/** `dagster dev` for one definitions file, with its GraphQL API. */
export interface Dagster {
  readonly pid: number;
  query<T>(document: string, variables?: Record<string, unknown>): Promise<T>;
  launch(job: string, tags?: Record<string, string>): Promise<string>;
  stop(): Promise<void>;
}

/** Installs Dagster into a virtual environment of its own, once, and returns its `bin` folder. */
export function installDagster(): string {
  const environment = join(homedir(), ".cache", "millrace-bench", `dagster-${DAGSTER_VERSION}`);
  if (!existsSync(join(environment, "installed"))) {
    console.error(`Installing Dagster ${DAGSTER_VERSION} into ${environment} …`);
    rmSync(environment, { recursive: true, force: true });
    call("python3", ["-m", "venv", environment]);
    call(join(environment, "bin", "pip"), [
      "install",
      "--quiet",
      `dagster==${DAGSTER_VERSION}`,
      "dagster-webserver",
      "dagster-graphql",
    ]);
    writeFileSync(join(environment, "installed"), DAGSTER_VERSION);
  }
  return join(environment, "bin");
}

/** @param instance the text of `dagster.yaml` */
export async function startDagster(definitions: string, instance: string): Promise<Dagster> {
  const bin = installDagster();
  const home = mkdtempSync(join(tmpdir(), "millrace-peer-"));
  writeFileSync(join(home, "definitions.py"), definitions);
  writeFileSync(join(home, "dagster.yaml"), `telemetry:\n  enabled: false\n${instance}`);
  const port = await freePort();
  const log = openSync(join(home, "log"), "w");
  const child: ChildProcess = spawn(
    join(bin, "dagster"),
    ["dev", "-f", "definitions.py", "-h", "127.0.0.1", "-p", String(port)],
    {
      cwd: home,
      env: { ...process.env, DAGSTER_HOME: home },
      stdio: ["ignore", log, log],
      detached: true,
    },
  );
  const url = `http://127.0.0.1:${port}/graphql`;

  async function query<T>(document: string, variables: Record<string, unknown> = {}): Promise<T> {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: document, variables }),
    });
    const answer = (await response.json()) as { data: T; errors?: readonly { message: string }[] };
    if (answer.errors) throw new Error(answer.errors.map((error) => error.message).join("\n"));
    return answer.data;
  }

  const deadline = Date.now() + 120_000;
  const ready = `{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } instance { daemonHealth { allDaemonStatuses { required healthy } } } }`;
  interface Readiness {
    readonly workspaceOrError: { readonly locationEntries: readonly { readonly loadStatus: string }[] };
    readonly instance: {
      readonly daemonHealth: {
        readonly allDaemonStatuses: readonly {
          readonly required: boolean;
          readonly healthy: boolean | null;
        }[];
      };
    };
  }
  for (;;) {
    const state = await query<Readiness>(ready).catch(() => null);
    const loaded = state?.workspaceOrError.locationEntries.every((entry) => entry.loadStatus === "LOADED");
    const daemons = state?.instance.daemonHealth.allDaemonStatuses.filter((daemon) => daemon.required) ?? [];
    if (loaded && daemons.length > 0 && daemons.every((daemon) => daemon.healthy)) break;
    if (Date.now() > deadline || child.exitCode !== null)
      throw new Error(`Dagster did not start; its log is ${join(home, "log")}`);
    await sleep(250);
  }

  return {
    pid: child.pid ?? 0,
    query,
    async launch(job, tags = {}) {
      const selector = {
        repositoryLocationName: "definitions.py",
        repositoryName: "__repository__",
        jobName: job,
      };
      const executionMetadata = { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
      const { launchRun } = await query<{ launchRun: { run?: { runId: string }; message?: string } }>(
        `mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }`,
        { p: { selector, runConfigData: {}, executionMetadata } },
      );
      if (!launchRun.run) throw new Error(`Dagster did not launch: ${launchRun.message}`);
      return launchRun.run.runId;
    },
    async stop() {
      // The whole group: dagster dev starts daemon, web server and code servers in it.
      process.kill(-(child.pid ?? 0), "SIGINT");
      await Promise.race([once(child, "exit"), sleep(30_000)]);
      try {
        process.kill(-(child.pid ?? 0), "SIGKILL");
      } catch {
        // All of it has ended.
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function call(command: string, args: readonly string[]): void {
  const result = spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("No free port");
  return address.port;
}
