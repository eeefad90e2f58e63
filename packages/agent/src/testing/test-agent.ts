import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { pino } from "pino";
import { runAgent, type AgentOptions } from "../agent.ts";
import { createProcessLauncher } from "../launchers/process/process-launcher.ts";
import type { TestProject } from "./test-millrace.ts";

/** For tests: an agent in this process. */
export interface TestAgent {
  /** Settles when the agent has ended. */
  readonly done: Promise<void>;
  /** Stops it in order. */
  stop(): Promise<void>;
}

/** For tests: an agent of the test's project; it logs what is wrong. */
export function startTestAgent(
  api: FakeAgentApi,
  project: TestProject,
  options: Partial<AgentOptions> = {},
): TestAgent {
  const controller = new AbortController();
  const done = runAgent(
    {
      ...baseOptions(api, project),
      launcher: (given) =>
        createProcessLauncher({ ...given, command: project.command, environmentFiles: [] }),
      logger: pino({ level: process.env["MILLRACE_LOG_LEVEL"] ?? "silent" }),
      ...options,
    },
    controller.signal,
  );
  done.catch(() => {});
  return {
    done,
    async stop() {
      controller.abort();
      await done;
    },
  };
}

/** For tests: an agent in a process of its own, to be killed. */
export function spawnTestAgent(api: FakeAgentApi, project: TestProject): ChildProcess {
  const runner = join(project.folder, "agent-runner.mjs");
  writeFileSync(
    runner,
    `import { pino } from ${JSON.stringify(import.meta.resolve("pino"))};
     import { runAgent } from ${JSON.stringify(import.meta.resolve("../agent.ts"))};
     import { createProcessLauncher } from ${JSON.stringify(import.meta.resolve("../launchers/process/process-launcher.ts"))};
     const logger = pino({ level: process.env.MILLRACE_LOG_LEVEL ?? "silent" });
     const { command, ...rest } = JSON.parse(process.argv[2]);
     const options = { ...rest, launcher: (options) => createProcessLauncher({ ...options, command, environmentFiles: [] }), logger };
     await runAgent(options, new AbortController().signal).catch(() => { process.exitCode = 1; });`,
  );
  return spawn(
    process.execPath,
    [runner, JSON.stringify({ ...baseOptions(api, project), command: project.command })],
    {
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
}

/** For tests: kill -9. */
export async function killTestAgent(agent: ChildProcess): Promise<void> {
  agent.kill("SIGKILL");
  await once(agent, "exit");
}

function baseOptions(api: FakeAgentApi, project: TestProject) {
  return {
    url: api.url,
    token: api.token,
    home: join(project.folder, "home"),
    name: "test agent",
    queues: ["default"],
  };
}
