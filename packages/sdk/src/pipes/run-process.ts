import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { systemClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { PipesProcessNotStarted } from "./pipes-errors.ts";
import type { ProcessOutcome } from "./process-outcome.ts";

/** Characters that are kept of each stream: the last ones. */
const MAX_KEPT = 1_048_576;
/** How long streams may stay open after the process has ended: what it started in the background may hold them for ever. */
const STREAM_GRACE_MS = 2_000;

const running = new Set<ChildProcess>();

/** How a process is run. */
export interface ProcessOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Interrupts the process with SIGINT. */
  readonly signal: AbortSignal;
  /** How long an interrupted process may take before it gets SIGKILL. */
  readonly terminateAfterSeconds: number;
}

/**
 * Runs a process to its end and forwards what it writes to this process's own streams, as it comes.
 *
 * @throws PipesProcessNotStarted when there is no such program or folder, or too much is in its environment.
 */
export async function runProcess(
  command: readonly [string, ...string[]],
  options: ProcessOptions,
): Promise<ProcessOutcome> {
  const [program, ...args] = command;
  const { signal } = options;
  const child = await startProgram(program, args, options);
  const exit = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const streams = Promise.all([forward(child.stdout, process.stdout), forward(child.stderr, process.stderr)]);
  const release = interruptOnAbort(child, signal, options.terminateAfterSeconds);
  const [exitCode, exitSignal] = await exit.finally(release);
  using _ = after(systemClock, STREAM_GRACE_MS, () => {
    child.stdout.destroy();
    child.stderr.destroy();
  });
  const [stdout, stderr] = await streams;
  return { exitCode, signal: exitSignal, stdout, stderr };
}

async function startProgram(
  program: string,
  args: readonly string[],
  { cwd, env }: ProcessOptions,
): Promise<ChildProcessByStdio<null, Readable, Readable>> {
  try {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    await once(child, "spawn");
    return child;
  } catch (error) {
    throw new PipesProcessNotStarted(program, cwd, error as Error);
  }
}

/** Returns what lets go of the process once it has ended. */
function interruptOnAbort(child: ChildProcess, signal: AbortSignal, seconds: number): () => void {
  const ends = new DisposableStack();
  ends.use(
    onAbort(signal, () => {
      child.kill("SIGINT");
      ends.use(after(systemClock, seconds * 1000, () => child.kill("SIGKILL")));
    }),
  );
  if (!process.listeners("exit").includes(killRunning)) process.once("exit", killRunning);
  running.add(child);
  return () => {
    running.delete(child);
    ends.dispose();
  };
}

/** A worker that ends while its scripts run takes them with it. */
function killRunning(): void {
  for (const child of running) child.kill("SIGKILL");
}

async function forward(from: Readable, to: Writable): Promise<string> {
  let kept = "";
  from.setEncoding("utf8");
  try {
    for await (const text of from as AsyncIterable<string>) {
      kept = (kept + text).slice(-MAX_KEPT);
      if (!to.write(text)) await once(to, "drain");
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE"))
      throw error;
  }
  return kept;
}
