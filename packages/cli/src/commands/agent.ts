import { resolve } from "node:path";
import { hostname } from "node:os";
import { Option, type Command } from "commander";
import type { AgentOptions } from "@millrace/agent/agent";
import {
  InvalidContainerSettings,
  parseContainerSettings,
  type ContainerSettings,
} from "@millrace/model/container-settings";
import type { OutputPlace } from "@millrace/protocol/journal/output-place";
import { parseS3Place } from "@millrace/protocol/object-storage/s3-place";
import { prepareHome } from "@millrace/protocol/homes/prepare-home";
import { checkServerUrl, CommandError } from "../user-api/client.ts";
import { untilAskedToStop } from "../process/process-lifetime.ts";
import { endsWithContainer, leaveFirstPlaceToShell } from "../process/first-process.ts";
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
    .addOption(
      new Option(
        "--launcher <kind>",
        "what your code runs in: processes, or containers of the Docker engine of this machine (DOCKER_HOST, or the system's)",
      )
        .choices(["process", "docker"])
        .default("process"),
    )
    .option(
      "--docker-network <name...>",
      "the containers' networks; host is this machine's own (default: the engine's bridge)",
    )
    .option("--docker-volume <volume...>", "what the containers see besides, such as /srv/data:/data:ro")
    .option("--docker-memory <amount>", "memory that each container may use, such as 2g (default: no limit)")
    .option("--docker-cpus <count>", "cores that each container may use, such as 0.5 (default: no limit)")
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
      "files with variables that your processes are given too, read whenever one starts; a variable of the environment holds before theirs, and the first file before the next",
    )
    .option(
      "--allow-folder <folder...>",
      "run only code that lies in one of these folders (default: anywhere)",
    )
    .option(
      "--policy <file>",
      "YAML that says what the control plane may ask for: images, folders, environment, volumes, networks, memory, cpus",
    )
    .option(
      "--secrets-command <command>",
      "what prints the secrets of a code location as NAME=value lines, asked whenever it is loaded, with MILLRACE_LOCATION: your code is given them, and they are masked in all that it says",
    )
    .option(
      "--output-to <bucket>",
      "write what runs print to s3://BUCKET/PREFIX, as AWS's environment says, so that the control plane never sees it; workers need the credentials too (--pass-env 'AWS_*')",
    )
    .option(
      "--output-link <address>",
      "where people see that, with {run} and {attempt}, such as https://files.example/{run}/{attempt}/",
    )
    .option(
      "--health <[host:]port>",
      "serve /healthz and /metrics (Prometheus) on this port, of 127.0.0.1 unless a host is named (default: nowhere)",
    )
    .option(
      "--standby-workers <count>",
      "warm workers to keep for each code location (default: what the deployment says; in containers: none)",
    )
    .option(
      "--stop-workers",
      "interrupt running workers when the agent is stopped (default: they go on, and the next agent here adopts them; not in a container whose first process is the agent, where they would die with it)",
    )
    .addOption(inspectOptions()[0])
    .addOption(inspectOptions()[1])
    .addOption(urlOption())
    .action(async (options: AgentRunOptions) => {
      leaveFirstPlaceToShell();
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
      const policy =
        options.policy === undefined
          ? undefined
          : (await import("./policy-file.ts")).readPolicyFile(resolve(options.policy));
      const { runAgent } = await import("@millrace/agent/agent");
      const outputPlace = readOutputOptions(options);
      const resolveSecrets =
        options.secretsCommand === undefined
          ? undefined
          : (await import("@millrace/agent/policy/resolve-secrets")).createSecretsCommand(
              options.secretsCommand,
            );
      const launcher = await chooseLauncher(options);
      const logger = createLogger("agent");
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
          launcher,
          passEnvironment: options.passEnv ?? [],
          ...(options.health === undefined ? {} : { health: readHealthAddress(options.health) }),
          ...(policy === undefined ? {} : { policy }),
          ...(outputPlace === undefined ? {} : { outputPlace }),
          ...(resolveSecrets === undefined ? {} : { resolveSecrets }),
          ...(options.allowFolder === undefined
            ? {}
            : { allowedFolders: options.allowFolder.map((folder) => resolve(folder)) }),
          // A container takes its workers along when it ends: better that they end in order.
          stopWorkers: options.stopWorkers ?? (options.launcher === "process" && endsWithContainer()),
          logger,
          ...(standbyWorkers === undefined ? {} : { standbyWorkers }),
        },
        controller.signal,
      );
      // It has said that it has stopped: no handle that something left open keeps it.
      process.exit();
    });
}

function readOutputOptions({ outputTo, outputLink }: AgentRunOptions): OutputPlace | undefined {
  if (outputLink !== undefined) {
    if (outputTo === undefined) throw new CommandError("--output-link goes with --output-to");
    if (!/^https?:\/\//.test(outputLink))
      throw new CommandError(`--output-link takes an address that begins with https://, not "${outputLink}"`);
  }
  if (outputTo === undefined) return undefined;
  parseS3Place(outputTo);
  return { place: outputTo, link: outputLink ?? null };
}

function readHealthAddress(text: string): { readonly host: string; readonly port: number } {
  const [, host = "127.0.0.1", port = ""] = /^(?:\[?([^\]]+?)\]?:)?(\d{1,5})$/.exec(text) ?? [];
  if (port !== "" && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new CommandError(`--health takes a port, or HOST:PORT, such as 9464 or 0.0.0.0:9464, not "${text}"`);
}

async function chooseLauncher(options: AgentRunOptions): Promise<AgentOptions["launcher"]> {
  const dockerOptions = Object.keys(options).filter((name) => /^docker[A-Z]/.test(name));
  if (options.launcher === "process") {
    if (dockerOptions.length > 0) throw new CommandError("The options --docker-… need --launcher docker");
    const { createProcessLauncher } = await import("@millrace/agent/launchers/process/process-launcher");
    const environmentFiles = (options.environmentFile ?? []).map((file) => resolve(file));
    return (given) =>
      createProcessLauncher({
        ...given,
        command: millraceCommand(),
        environmentFiles,
        debugging: readDebugging(options),
      });
  }
  if (options.environmentFile !== undefined || readDebugging(options) !== undefined)
    throw new CommandError("--environment-file, --inspect and --inspect-brk need --launcher process");
  const settings = readDockerSettings(options);
  // Each is a container with the user's code in it, so whoever runs the agent asks for them.
  const hasStandbys = Number(options.standbyWorkers ?? 0) > 0;
  const { createDockerLauncher } = await import("@millrace/agent/launchers/docker/docker-launcher");
  const { findEngineAddress } = await import("@millrace/agent/launchers/docker/engine-address");
  const { findDockerConfigFolder } = await import("@millrace/agent/launchers/docker/registry-credentials");
  const configFolder = findDockerConfigFolder(process.env);
  const engine = findEngineAddress(process.env, configFolder);
  return (given) => createDockerLauncher({ ...given, engine, configFolder, settings, hasStandbys });
}

/** What the options say of every container. */
function readDockerSettings(options: AgentRunOptions): ContainerSettings {
  const { dockerNetwork, dockerVolume, dockerMemory, dockerCpus } = options;
  const said = {
    networks: dockerNetwork,
    volumes: dockerVolume,
    // In mebibytes, if nothing else is said.
    memory: dockerMemory === undefined || /\D$/.test(dockerMemory) ? dockerMemory : `${dockerMemory}m`,
    cpus: dockerCpus === undefined ? undefined : Number(dockerCpus),
  };
  try {
    return parseContainerSettings(said, "docker");
  } catch (error) {
    if (!(error instanceof InvalidContainerSettings)) throw error;
    const [setting = ""] = error.setting.split("[");
    const option = `--docker-${setting === "cpus" ? setting : setting.replace(/s$/, "")}`;
    throw new CommandError(`${option} ${error.problem}`, { cause: error });
  }
}

interface AgentRunOptions {
  readonly launcher: "process" | "docker";
  readonly dockerNetwork?: string[];
  readonly dockerVolume?: string[];
  readonly dockerMemory?: string;
  readonly dockerCpus?: string;
  readonly url: string;
  readonly token?: string;
  readonly home: string;
  readonly queue: string[];
  readonly name: string;
  readonly passEnv?: string[];
  readonly environmentFile?: string[];
  readonly allowFolder?: string[];
  readonly policy?: string;
  readonly health?: string;
  readonly secretsCommand?: string;
  readonly outputTo?: string;
  readonly outputLink?: string;
  readonly standbyWorkers?: string;
  readonly stopWorkers?: boolean;
  readonly inspect?: boolean;
  readonly inspectBrk?: boolean;
}
