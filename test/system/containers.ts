import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const millrace = fileURLToPath(new URL("../../packages/cli/bin/millrace.js", import.meta.url));

/** A `millrace` command that sees only its own processes and has shared memory of its own, as in a container. */
export interface Container {
  /** Resolves with what the command announces, such as its URL. Rejects with what it said when it ends before. */
  readonly ready: Promise<{ readonly url: string }>;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  /** Kills everything in it at once, as the loss of its machine would. */
  kill(): Promise<void>;
  /** Stops the command in order. */
  stop(): Promise<void>;
}

/** Starts `millrace` as process 1 of PID and IPC namespaces of its own. */
export function startContainer(args: readonly string[], environment: Record<string, string> = {}): Container {
  const asUser = process.getuid?.() === 0 ? [] : ["--map-current-user"];
  const namespaces = [...asUser, "--pid", "--ipc", "--fork", "--mount-proc", "--kill-child=SIGKILL"];
  const child = spawn("unshare", [...namespaces, process.execPath, millrace, ...args], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, ...environment },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, output }));
  const ready = Promise.race([
    once(child, "message").then(([message]) => message as { url: string }),
    ended.then(() => Promise.reject(new Error(`The command ended:\n${output}`))),
  ]);
  ready.catch(() => {}); // whoever awaits its end does not ask
  return {
    ready,
    ended,
    async kill() {
      child.kill("SIGKILL"); // the kernel passes it on
      await ended;
    },
    async stop() {
      child.disconnect(); // `unshare` keeps signals to itself
      await ended;
    },
  };
}
