import { systemClock } from "@millrace/model/time/clock";
import { isSameQuarterHour } from "@millrace/model/time/quarter-hour";
import { after } from "@millrace/model/waiting/after";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { within } from "@millrace/model/waiting/within";
import { spawn, type ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { ExecuteStep } from "../../executors/executor.ts";
import { OUTDATED_EXIT_CODE, STANDS_BY } from "./step-task.ts";

/** How long a process has, beyond the step's own grace, to tear down its resources when it is interrupted. */
const TEARDOWN_MS = 10_000;
/** How long the last words of a process that has ended may take to arrive. */
const LAST_WORDS_MS = 1_000;
/** The pipes that a process reads its task from and writes its messages to: its standard streams are the run's. */
const PIPES = ["--input=3", "--output=4"];
/** How a process that refuses its task ends. */
const REFUSED = `exit code ${OUTDATED_EXIT_CODE}`;

/** Child processes that execute one step each. */
export interface StepProcesses {
  readonly execute: ExecuteStep;
  /** Lets go of the processes that stand by. */
  close(): void;
}

/** A process that has loaded the code, or is about to, and waits for its step. */
interface StepProcess {
  /** Whether it was started ahead of its step: it refuses its task once a file that its code has read has changed. */
  readonly standsBy: boolean;
  /** When it began to load the code, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly child: ChildProcess;
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<string>;
}

/**
 * Starts processes ahead of the steps that will need them.
 *
 * @param command Program and arguments of a process that executes a step.
 * @param warm How many stand by.
 * @param countUnstarted How many steps may still need one.
 * @param graceSeconds What an interrupted step is given to end by itself.
 */
export function openStepProcesses(
  command: readonly string[],
  warm: number,
  countUnstarted: () => number,
  graceSeconds: number,
): StepProcesses {
  const waiting: StepProcess[] = [];

  function fill(): void {
    while (waiting.length < Math.min(warm, countUnstarted())) waiting.push(startProcess(command, true));
  }

  /** The first one that has loaded the code in this quarter of an hour: code may have taken today's date from its loading. */
  function pick(): StepProcess {
    for (let found = waiting.shift(); found !== undefined; found = waiting.shift()) {
      if (isSameQuarterHour(found.startedAt, systemClock.now())) return found;
      release(found);
    }
    return startProcess(command, false);
  }

  fill();
  return {
    async execute(step) {
      const process = pick();
      const ended = giveTask(process, step, graceSeconds);
      fill();
      const how = await ended;
      if (how !== REFUSED || !process.standsBy) return how;
      // What stands by beside it has loaded the same.
      for (const other of waiting.splice(0)) release(other);
      const again = giveTask(startProcess(command, false), step, graceSeconds);
      fill();
      return again;
    },
    close() {
      for (const process of waiting.splice(0)) release(process);
    },
  };
}

/** Hands a process the task of a step. @returns how the process ended. */
async function giveTask(
  process: StepProcess,
  { input, receive, signal }: Parameters<ExecuteStep>[0],
  graceSeconds: number,
): Promise<string> {
  process.output.on("data", receive);
  process.input.end(input);
  using _ = interruptOn(signal, process.child, graceSeconds);
  const how = await process.ended;
  await untilRead(process.output);
  return how;
}

/** A process that gets no task ends. */
function release({ child, input }: StepProcess): void {
  input.destroy();
  child.unref();
}

function startProcess(command: readonly string[], standsBy: boolean): StepProcess {
  const [program = "", ...args] = command;
  const child = spawn(program, [...args, ...PIPES, ...(standsBy ? [STANDS_BY] : [])], {
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
  });
  const [, , , input, output] = child.stdio as [null, null, null, Writable, Readable];
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : describeSignal(signal)),
    );
  });
  // A process that is gone refuses its task: its end says so.
  input.on("error", () => {});
  output.on("error", () => {});
  return { standsBy, startedAt: systemClock.now(), child, input, output, ended };
}

function describeSignal(signal: NodeJS.Signals): string {
  return signal === "SIGKILL" ? "SIGKILL (killed from outside or out of memory)" : signal;
}

/** Interrupts a process when the run is, and kills it when it does not end. Dispose of what is returned to let it be. */
function interruptOn(signal: AbortSignal, child: ChildProcess, graceSeconds: number): Disposable {
  const ends = new DisposableStack();
  ends.use(
    onAbort(signal, () => {
      child.kill("SIGINT");
      ends.use(after(systemClock, graceSeconds * 1000 + TEARDOWN_MS, () => child.kill("SIGKILL")));
    }),
  );
  return ends;
}

/** Everything that the process wrote has arrived; a process of its own that it left behind may hold the pipe open. */
async function untilRead(output: Readable): Promise<void> {
  if (output.readableEnded) return;
  const read = Promise.withResolvers<void>();
  output.once("end", () => read.resolve());
  output.once("close", () => read.resolve());
  await within(systemClock, LAST_WORDS_MS, read.promise);
}
