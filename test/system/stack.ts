import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));

/** A control plane and an agent, each a real process, on a free port and in a home of their own. */
export interface Stack {
  readonly home: string;
  readonly url: string;
  readonly token: string;
  /** Process numbers of what runs now. */
  serverPid(): number;
  agentPid(): number;
  /** Where the server brings its database. */
  databasePid(): number;
  startServer(): Promise<void>;
  /**
   * @param url where the agent finds the control plane. Default: directly.
   * @param options further words for its command line.
   */
  startAgent(environment?: Record<string, string>, url?: string, options?: readonly string[]): void;
  /** Waits until the agent ends by itself; its exit code. */
  agentEnds(): Promise<number | null>;
  /** Ends one of the two with a signal and waits until its process is gone. */
  kill(what: "server" | "agent", signal: NodeJS.Signals): Promise<void>;
  /** Asks the user API; an error of its answer is thrown. */
  query<T>(document: string, variables?: Record<string, unknown>): Promise<T>;
  /** Adds a code location and waits until a version of it has loaded or failed. */
  load(name: string, folder: string, entry?: string): Promise<LoadedLocation>;
  /** The same for a document of any kind. */
  loadDocument(name: string, document: object): Promise<LoadedLocation>;
  launch(input: Record<string, unknown>): Promise<string>;
  /** Asks again whenever something of the topics changed, until there is an answer. Survives a server that goes away. */
  awaitChange<T>(topics: readonly string[], ask: () => Promise<T | null>): Promise<T>;
  /** Asks again whenever something of the run changed, until the run satisfies `until`. */
  awaitRun(id: string, until: (run: RunView) => boolean): Promise<RunView>;
  awaitEnd(id: string): Promise<RunView>;
  /** What server and agent wrote to their logs. */
  logs(): string;
  /** Ends both, and the workers and code servers that they have left. */
  stop(): Promise<void>;
}

export interface LoadedLocation {
  readonly revision: number;
  readonly serving: { readonly revision: number } | null;
  readonly latest: {
    readonly revision: number;
    readonly state: string;
    readonly error: { message: string; stack: string | null } | null;
  };
}

export interface RunView {
  readonly id: string;
  readonly status: string;
  readonly failureReason: string | null;
  readonly failureMessage: string | null;
  readonly attempt: number;
  readonly worker: {
    readonly place: string | null;
    readonly state: string;
    readonly unreachableSince: string | null;
  } | null;
  readonly steps: readonly { readonly key: string; readonly state: string; readonly attempts: number }[];
  readonly events: { readonly nodes: readonly EventView[] };
}

export interface EventView {
  readonly position: number;
  readonly attempt: number;
  readonly type: string;
  readonly stepKey: string | null;
  readonly message: string;
  readonly timestamp: string;
  readonly event: Readonly<Record<string, unknown>>;
}

const RUN = `query($id: ID!) { run(id: $id) { id status failureReason failureMessage attempt worker { place state unreachableSince }
  steps { key state attempts } events(limit: 5000) { nodes { position attempt type stepKey message timestamp event } } } }`;

export interface StackOptions {
  /** False: no agent is started. Default: true. */
  readonly agent?: boolean;
  /** The `millrace` commands of other versions, in place of this one's. */
  readonly commands?: { readonly server?: string | undefined; readonly agent?: string | undefined };
  /** An empty or migrated database for the server, which `drop` ends. Default: one that the server brings itself. */
  readonly database?: { readonly url: string; readonly drop: () => Promise<void> };
}

/** Starts server and agent. Stop it in `afterAll`, also when the test failed. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const home = mkdtempSync(join(tmpdir(), "millrace-stack-"));
  const log = join(home, "processes.log");
  const processes: { server?: ChildProcess; agent?: ChildProcess } = {};
  let port = 0;
  let token = "";

  const stack: Stack = {
    home,
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get token() {
      return token;
    },
    serverPid: () => pidOf(processes.server),
    agentPid: () => pidOf(processes.agent),
    databasePid: () =>
      Number(readFileSync(join(home, "server", "postgres", "data", "postmaster.pid"), "utf8").split("\n")[0]),
    async startServer() {
      const database = options.database ? ["--database-url", options.database.url] : [];
      const words = ["server", "--home", join(home, "server"), "--port", String(port), ...database];
      const child = start(options.commands?.server, words, {});
      processes.server = child;
      const [message] = (await Promise.race([
        once(child, "message"),
        once(child, "exit").then(() => {
          throw new Error(`The server did not start:\n${readFileSync(log, "utf8")}`);
        }),
      ])) as [{ url: string }];
      port = Number(new URL(message.url).port);
    },
    startAgent(environment = {}, url = stack.url, further = []) {
      const args = [
        "agent",
        "run",
        "--url",
        url,
        "--home",
        join(home, "agent"),
        "--name",
        "test-agent",
        ...(Object.keys(environment).length === 0 ? [] : ["--pass-env", ...Object.keys(environment)]),
        ...further,
      ];
      processes.agent = start(options.commands?.agent, args, { MILLRACE_AGENT_TOKEN: token, ...environment });
    },
    async agentEnds() {
      const child = processes.agent;
      if (!child) throw new Error("No agent was started");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      return child.exitCode;
    },
    async kill(what, signal) {
      const child = processes[what];
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    },
    async query<T>(document: string, variables: Record<string, unknown> = {}) {
      const response = await fetch(`${stack.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: document, variables }),
      });
      const answer = (await response.json()) as { data: T; errors?: readonly { message: string }[] };
      if (answer.errors) throw new Error(answer.errors.map((error) => error.message).join("\n"));
      return answer.data;
    },
    load: (name, folder, entry = "src/definitions.ts") =>
      stack.loadDocument(name, { workingDirectory: folder, entry }),
    async loadDocument(name, document) {
      const set = `mutation($name: String!, $document: JSON!) { setCodeLocation(name: $name, document: $document) { ... on CodeLocation { revision } ... on InvalidInput { message } } }`;
      const { setCodeLocation } = await stack.query<{
        setCodeLocation: { revision?: number; message?: string };
      }>(set, {
        name,
        document,
      });
      if (setCodeLocation.revision === undefined) throw new Error(setCodeLocation.message);
      // A location that was there before reads its files again.
      const { reloadCodeLocation } = await stack.query<{ reloadCodeLocation: { revision: number } }>(
        `mutation($name: String!) { reloadCodeLocation(name: $name) { revision } }`,
        { name },
      );
      return awaitLocation(name, reloadCodeLocation.revision);
    },
    async launch(input) {
      const document = `mutation($input: LaunchRunInput!) { launchRun(input: $input) { __typename ... on LaunchedRun { run { id } } ... on RunConfigInvalid { message } ... on UnknownDefinition { message } } }`;
      const { launchRun } = await stack.query<{ launchRun: { run?: { id: string }; message?: string } }>(
        document,
        { input },
      );
      if (!launchRun.run) throw new Error(`The run was not launched: ${launchRun.message}`);
      return launchRun.run.id;
    },
    awaitChange,
    async awaitRun(id, until) {
      return awaitChange([`run:${id}`, "runs"], async () => {
        const { run } = await stack.query<{ run: RunView }>(RUN, { id });
        return until(run) ? run : null;
      });
    },
    awaitEnd: (id) => stack.awaitRun(id, (run) => ["SUCCESS", "FAILURE", "CANCELED"].includes(run.status)),
    logs: () => readFileSync(log, "utf8"),
    async stop() {
      // Nobody waits for its workers and code servers to end in order.
      await stack.kill("agent", "SIGKILL");
      await stack.kill("server", "SIGTERM");
      endProcessesOf(home);
      await options.database?.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };

  function start(
    command: string = millrace,
    args: readonly string[],
    environment: Record<string, string>,
  ): ChildProcess {
    const child = spawn(process.execPath, [command, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...environment },
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => appendFileSync(log, chunk));
    return child;
  }

  async function awaitLocation(name: string, revision: number): Promise<LoadedLocation> {
    const document = `query($name: String!) { codeLocation(name: $name) { revision serving { revision } latest { revision state error } } }`;
    return awaitChange(["locations"], async () => {
      const { codeLocation } = await stack.query<{ codeLocation: LoadedLocation }>(document, { name });
      const { latest } = codeLocation;
      return latest && latest.revision >= revision && !["pending", "starting"].includes(latest.state)
        ? codeLocation
        : null;
    });
  }

  async function awaitChange<T>(topics: readonly string[], ask: () => Promise<T | null>): Promise<T> {
    const deadline = AbortSignal.timeout(90_000);
    for (;;) {
      const found = await askOnChanges(stack.url, topics, ask, deadline).catch((error: unknown) => {
        if (deadline.aborted)
          throw new Error(`Nothing came in 90 s:\n${stack.logs().slice(-4_000)}`, { cause: error });
        return null;
      });
      if (found !== null) return found;
      // The server is away: its port answers again when it is back.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  await stack.startServer();
  const created = await stack.query<{ createAgentToken: { token: string } }>(
    `mutation { createAgentToken(name: "test") { token } }`,
  );
  token = created.createAgentToken.token;
  if (options.agent ?? true) stack.startAgent();
  return stack;
}

async function askOnChanges<T>(
  url: string,
  topics: readonly string[],
  ask: () => Promise<T | null>,
  signal: AbortSignal,
): Promise<T | null> {
  const controller = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    signal: AbortSignal.any([signal, controller.signal]),
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({
      query: "subscription($topics: [String!]!) { changes(topics: $topics) { topic } }",
      variables: { topics },
    }),
  });
  try {
    const first = await ask();
    if (first !== null || !response.body) return first;
    for await (const _ of response.body) {
      const found = await ask();
      if (found !== null) return found;
    }
    return null;
  } finally {
    controller.abort();
  }
}

/** The process of the worker of a run's newest attempt. */
export function workerPid({ worker }: Pick<RunView, "worker">): number {
  const pid = Number.parseInt(worker?.place ?? "", 10);
  if (!Number.isSafeInteger(pid)) throw new Error("That run has no worker");
  return pid;
}

/** Ends what a test that failed has left: workers and code servers outlive their agent, and would look for its server for ever. */
function endProcessesOf(home: string): void {
  for (const name of existsSync("/proc") ? readdirSync("/proc") : []) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (readFileSync(`/proc/${name}/cmdline`, "utf8").includes(home)) process.kill(Number(name), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function pidOf(child: ChildProcess | undefined): number {
  if (child?.pid === undefined) throw new Error("That process was not started");
  return child.pid;
}
