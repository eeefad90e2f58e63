import { resolve } from "node:path";
import { hostname } from "node:os";
import type { Command } from "commander";
import { prepareHome } from "@millrace/protocol/homes/prepare-home";
import { checkServerUrl, CommandError } from "../user-api/client.ts";
import { untilAskedToStop } from "../process/process-lifetime.ts";
import { createLogger } from "../process/logger.ts";
import { millraceCommand } from "../process/millrace-command.ts";
import { addAgentListCommands } from "./agent-list.ts";
import { addTokenCommands } from "./agent-token.ts";
import { inspectOptions, readDebugging, urlOption } from "./options.ts";

/** `millrace agent …`: the process beside the user's code. */
export function addAgentCommands(program: Command): void {
  const agent = program
    .command("agent")
    .description("The agent: runs your code where your data is; it only ever calls out");
  addTokenCommands(agent);
  addAgentListCommands(agent);
  agent
    .command("run")
    .description("Ask the control plane for work, and launch code servers and runs on this machine")
    .option(
      "--token <token>",
      "agent token from `millrace agent token` or the page's Agents tab (default: MILLRACE_AGENT_TOKEN, which other users of the machine can't see)",
    )
    .option("--home <folder>", "where it keeps what it must not forget", ".millrace/agent")
    .option("--queue <name...>", "queues to serve", ["default"])
    .option("--name <name>", "name shown on the page", hostname())
    .option(
      "--pass-env <name...>",
      "environment variables that your code is given of this process's, besides PATH, HOME and the like; NAME* for all that begin so",
    )
    .option(
      "--environment-file <file...>",
      "files with variables that your code is given too, read whenever a process of it starts; a variable of the environment holds before theirs, and the first file before the next",
    )
    .option(
      "--allow-folder <folder...>",
      "run only code that lies in one of these folders (default: anywhere)",
    )
    .option(
      "--standby-workers <count>",
      "warm workers to keep for each code location (default: what the deployment says)",
    )
    .option(
      "--stop-workers",
      "interrupt running workers when the agent is stopped (default: they go on, and the next agent here adopts them; not in a container whose first process is the agent, where they would die with it)",
    )
    .addOption(inspectOptions()[0])
    .addOption(inspectOptions()[1])
    .addOption(urlOption())
    .action(async (options: AgentRunOptions) => {
      checkServerUrl(options.url);
      prepareHome(resolve(options.home), 0o700);
      const token = options.token ?? process.env["MILLRACE_AGENT_TOKEN"];
      if (!token) {
        throw new CommandError(
          `An agent needs a token: create one at ${new URL("/agents", options.url)}, then set MILLRACE_AGENT_TOKEN or give --token`,
        );
      }
      delete process.env["MILLRACE_AGENT_TOKEN"];
      const standbyWorkers =
        options.standbyWorkers === undefined ? undefined : Number(options.standbyWorkers);
      if (standbyWorkers !== undefined && (!Number.isInteger(standbyWorkers) || standbyWorkers < 0)) {
        throw new CommandError(
          `--standby-workers takes a whole number from 0 on, not "${options.standbyWorkers}"`,
        );
      }
      const { runAgent } = await import("@millrace/agent/agent");
      const { createProcessLauncher } = await import("@millrace/agent/launchers/process/process-launcher");
      const logger = createLogger("agent");
      const environmentFiles = (options.environmentFile ?? []).map((file) => resolve(file));
      const controller = new AbortController();
      void untilAskedToStop().then((cause) => {
        logger.info(`stopping: ${cause}`);
        controller.abort();
      });
      await runAgent(
        {
          url: options.url,
          token,
          home: resolve(options.home),
          name: options.name,
          queues: options.queue,
          launcher: (given) =>
            createProcessLauncher({
              ...given,
              command: millraceCommand(),
              environmentFiles,
              debugging: readDebugging(options),
            }),
          passEnvironment: options.passEnv ?? [],
          ...(options.allowFolder === undefined
            ? {}
            : { allowedFolders: options.allowFolder.map((folder) => resolve(folder)) }),
          // As a container's first process it takes its workers along when it ends: better that they end in order.
          stopWorkers: options.stopWorkers ?? process.pid === 1,
          logger,
          ...(standbyWorkers === undefined ? {} : { standbyWorkers }),
        },
        controller.signal,
      );
      // It has said that it has stopped: no handle that something left open keeps it.
      process.exit();
    });
}

interface AgentRunOptions {
  readonly url: string;
  readonly token?: string;
  readonly home: string;
  readonly queue: string[];
  readonly name: string;
  readonly passEnv?: string[];
  readonly environmentFile?: string[];
  readonly allowFolder?: string[];
  readonly standbyWorkers?: string;
  readonly stopWorkers?: boolean;
  readonly inspect?: boolean;
  readonly inspectBrk?: boolean;
}
