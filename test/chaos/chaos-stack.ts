import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from "@millrace/control-plane/database/embedded/embedded-postgres";
import { pino } from "pino";
import { openNetwork, type Network } from "../system/cut.ts";
import { listPids, sendSignal } from "./find-processes.ts";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));

/** A process that is started again after it was killed. */
export interface Member {
  readonly name: string;
  readonly isRunning: boolean;
  /** Null: it does not run. */
  readonly pid: number | null;
  /** Starts it, unless it runs. */
  start(): void;
  /** kill -9. */
  kill(): Promise<void>;
}

/** Two replicas of the control plane on one PostgreSQL, and two agents, each on a network of its own. */
export interface ChaosStack {
  /** Holds everything that they keep, and what user code notes. */
  readonly folder: string;
  /** What stands in the environment of each of their processes, as `NAME=value`. */
  readonly mark: string;
  readonly database: EmbeddedPostgres;
  readonly replicas: readonly Member[];
  /** The folder where they keep output. */
  readonly logs: string;
  readonly agents: readonly Member[];
  readonly agentHomes: readonly string[];
  /** One for each agent. */
  readonly networks: readonly Network[];
  /** Where a user finds whichever replica answers. */
  readonly userUrl: string;
  /** Where user code notes what it does. */
  readonly proof: string;
  /** Ends every process, in whatever state, and removes the folder. */
  stop(): Promise<void>;
}

/** Starts everything but the agents, which need a token. */
export async function startChaosStack(): Promise<ChaosStack & { startAgents(token: string): void }> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-chaos-"));
  chmodSync(folder, 0o755); // so that root's database user may enter it
  const proof = join(folder, "proof");
  const log = createWriteStream(join(folder, "processes.log"));
  const logger = pino({ level: "warn" }, { write: (line: string) => void log.write(line) });
  const database = await startEmbeddedPostgres({ home: join(folder, "database"), logger });

  function member(name: string, words: () => readonly string[], environment: () => object): Member {
    let child: ChildProcess | null = null;
    const isRunning = (): boolean => child !== null && child.exitCode === null && child.signalCode === null;
    return {
      name,
      get isRunning() {
        return isRunning();
      },
      get pid() {
        return isRunning() ? (child?.pid ?? null) : null;
      },
      start() {
        if (isRunning()) return;
        child = spawn(process.execPath, [millrace, ...words()], {
          stdio: ["ignore", "pipe", "pipe", "ipc"],
          env: { ...process.env, PROOF: proof, ...environment() },
        });
        for (const stream of [child.stdout, child.stderr])
          stream?.on("data", (chunk: Buffer) => void log.write(chunk));
      },
      async kill() {
        if (child === null || !isRunning()) return;
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      },
    };
  }

  const ports = await Promise.all([findFreePort(), findFreePort()]);
  const logs = join(folder, "logs");
  const replicas = ports.map((port, index) => {
    const home = join(folder, `replica-${index}`);
    const words = [
      "server",
      "--home",
      home,
      "--port",
      String(port),
      "--database-url",
      database.url,
      "--logs",
      logs,
    ];
    return member(
      `replica-${index}`,
      () => words,
      () => ({}),
    );
  });
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const [userNetwork, ...networks] = await Promise.all([0, 1, 2].map(() => openNetwork(...urls)));
  if (userNetwork === undefined) throw new Error("There is no network");
  let token = "";
  const agentHomes = networks.map((_, index) => join(folder, `agent-${index}`));
  const agents = networks.map(({ url }, index) => {
    const queues = index === 0 ? ["default"] : ["default", "extra"];
    const words = [
      "agent",
      "run",
      "--url",
      url,
      "--home",
      agentHomes[index] ?? "",
      "--name",
      `agent-${index}`,
    ];
    const options = ["--queue", ...queues, "--pass-env", "PROOF"];
    return member(
      `agent-${index}`,
      () => [...words, ...options],
      () => ({ MILLRACE_AGENT_TOKEN: token }),
    );
  });
  const mark = `PROOF=${proof}`;
  for (const replica of replicas) replica.start();
  return {
    folder,
    mark,
    database,
    replicas,
    logs,
    agents,
    agentHomes,
    networks,
    userUrl: userNetwork.url,
    proof,
    startAgents(given) {
      token = given;
      for (const agent of agents) agent.start();
    },
    async stop() {
      await Promise.all([...agents, ...replicas].map((process) => process.kill()));
      for (let left = listPids(mark); left.length > 0; left = listPids(mark))
        left.forEach((pid) => sendSignal(pid, "SIGKILL"));
      await Promise.all([userNetwork, ...networks].map((network) => network.close()));
      await database.close();
      await new Promise<void>((resolve) => log.end(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nobody has just now; a replica keeps it over its restarts. */
async function findFreePort(): Promise<number> {
  const network = await openNetwork("http://127.0.0.1:1");
  await network.close();
  return Number(new URL(network.url).port);
}
