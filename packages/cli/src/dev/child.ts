import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openLogFile } from "./log-file.ts";
import { systemClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { backoffMs, type Backoff } from "@millrace/model/waiting/backoff";

/** A process of ours that `millrace dev` keeps running. */
export interface KeptProcess {
  /** What the process announced last, once it is ready. Rejects when it ends before it was ever ready. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  /** It may end: it is not started again. */
  letEnd(): void;
  /** Asks it to end (SIGTERM), and kills it when it has not ended after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

const RESTART_BACKOFF: Backoff = { firstMs: 100, longestMs: 5_000 };
/** A process that lived this long starts its restart delays anew. */
const HEALTHY_AFTER_MS = 10_000;

/**
 * Starts a process and starts it again, with growing delays, whenever it ends without having been asked to.
 * Its output goes to `logFile`. It must announce itself with an IPC message of type `ready`, or is ready as it starts.
 */
export function keepProcess(options: {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  readonly announces: boolean;
  readonly say: (line: string) => void;
}): KeptProcess {
  const log = openLogFile(options.logFile);
  const controller = new AbortController();
  const ready = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  ready.promise.catch(() => undefined);
  let child: ChildProcess | null = null;
  const done = keep();

  async function keep(): Promise<void> {
    let failures = 0;
    let everReady = false;
    while (!controller.signal.aborted) {
      const startedAt = systemClock.monotonic();
      const [program, ...args] = options.command;
      child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe", "ipc"], env: options.environment });
      let tail = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk: Buffer) => {
          log.append(chunk);
          tail = (tail + chunk.toString("utf8")).slice(-4_000);
        });
      }
      if (!options.announces) ready.resolve({});
      child.on("message", (message: Readonly<Record<string, unknown>>) => {
        if (message["type"] !== "ready") return;
        everReady = true;
        ready.resolve(message);
      });
      const [code, signal] = (await once(child, "exit").catch((error: unknown) => [String(error), null])) as [
        number | string | null,
        string | null,
      ];
      if (controller.signal.aborted) return;
      const cause = signal ? `killed by ${signal}` : `exit code ${code}`;
      if (options.announces && !everReady) {
        ready.reject(new Error(`The ${options.name} did not start (${cause}):\n${tail.trim()}`));
        return;
      }
      failures = systemClock.monotonic() - startedAt > HEALTHY_AFTER_MS ? 1 : failures + 1;
      // A signal to the whole group of processes may have reached the child first.
      await systemClock.sleep(backoffMs(RESTART_BACKOFF, failures), controller.signal);
      if (controller.signal.aborted) return;
      options.say(`The ${options.name} ended (${cause}); starting it again. Its log: ${options.logFile}`);
    }
  }

  return {
    ready: ready.promise,
    letEnd: () => controller.abort(),
    async stop(graceMs) {
      controller.abort();
      if (child && child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        using _ = after(systemClock, graceMs, () => child?.kill("SIGKILL"));
        await done;
      }
      log.close();
    },
  };
}
