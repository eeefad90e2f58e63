// One process for one attempt of one step: started by a run worker ahead of its step, or by an executor of the user's.
import { listGivenSecrets } from "millrace/internal/config/given-secrets";
import { backgroundClock } from "@millrace/model/time/clock";
import { every } from "@millrace/model/waiting/every";
import { readSync, writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { dirname } from "node:path";
import { executeStep } from "millrace/internal/execution/elsewhere/execute-step";
import { isUnchanged } from "@millrace/protocol/homes/file-state";
import {
  formatStepMessage,
  OUTDATED_EXIT_CODE,
  parseStepTask,
  STANDS_BY,
} from "millrace/internal/execution/elsewhere/step-task";
import { flushSpans } from "millrace/internal/telemetry/open-telemetry";
import { enableLazySourceMaps } from "../loading/lazy-source-maps.ts";
import { watchFilesRead } from "../loading/files-read.ts";
import { loadDefinitions } from "../loading/load-definitions.ts";
import { askWhenNeeded, type DeploymentAccess } from "../run-worker/ask-when-needed.ts";
import { markOutput } from "../run-worker/mark-output.ts";
import { NothingLeftToWaitFor } from "../run-worker/nothing-left.ts";

/** Bytes read of the task at once. */
const CHUNK = 65_536;
const STDIN = 0;
const STDOUT = 1;
const PARENT_CHECK_MS = 500;
/** How long a slow collector of OpenTelemetry may hold up the end of the process. */
const FLUSH_MS = 5_000;

/** `--name=value` of the command line, which a run worker or an executor writes. */
function findOption(name: string): string | undefined {
  const start = `--${name}=`;
  return process.argv.find((word) => word.startsWith(start))?.slice(start.length);
}

/** Waits for the task without a turn of the event loop. Null: whoever would have sent it is gone. */
function readTask(descriptor: number): string | null {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const length = readSync(descriptor, chunk);
    if (length === 0) break;
    chunks.push(chunk.subarray(0, length));
  }
  return chunks.length === 0 ? null : Buffer.concat(chunks).toString();
}

function sendTo(descriptor: number): (text: string) => void {
  return (text) => {
    for (let bytes = Buffer.from(text); bytes.length > 0;)
      bytes = bytes.subarray(writeSync(descriptor, bytes));
  };
}

/** A step whose run worker is gone is of no use: another attempt of the run may begin it anew. */
function endWithParent(): void {
  const parent = process.ppid;
  void every(backgroundClock, PARENT_CHECK_MS, new AbortController().signal, () => {
    if (process.ppid !== parent) process.exit(1);
  });
}

/** Executes the step that whoever started this process has a task for, then ends the process. */
export async function runStepProcess(): Promise<void> {
  await executeTask();
  await flushSpans(FLUSH_MS);
  if (findOption("output") === undefined) process.exit();
  // The messages have told how the step went. What is left is to take the heap apart, which takes 3 ms.
  flushCompileCache();
  process.emit("exit", 0);
  process.kill(process.pid, "SIGKILL");
}

async function executeTask(): Promise<void> {
  enableLazySourceMaps();
  const output = Number(findOption("output") ?? STDOUT);
  const send = sendTo(output);
  // What the step prints must not get between the messages.
  if (output === STDOUT) process.stdout.write = process.stderr.write.bind(process.stderr);

  const secrets = listGivenSecrets(process.env);
  let stepKey: string | null = null;
  const workerDirectory = findOption("worker-directory");
  if (workerDirectory !== undefined) markOutput(workerDirectory, () => stepKey, secrets);
  const filesRead = watchFilesRead();
  const { definitions } = await loadDefinitions(dirname(process.argv[1] ?? ""));
  filesRead.stop();
  const text = readTask(Number(findOption("input") ?? STDIN));
  if (text === null) return;
  // A process that begins now would load something else.
  if (process.argv.includes(STANDS_BY) && !filesRead.list().every(isUnchanged))
    process.exit(OUTDATED_EXIT_CODE);
  const task = parseStepTask(JSON.parse(text));
  ({ stepKey } = task);
  // As the run worker writes it into the task.
  const host = task.host as DeploymentAccess & { readonly attempt: number };

  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => interrupt.abort());
  const crashed = Promise.withResolvers<never>();
  crashed.promise.catch(() => {});
  process.on("uncaughtException", (error) => crashed.reject(error));
  process.on("unhandledRejection", (error) => crashed.reject(error));
  process.on("beforeExit", () => crashed.reject(new NothingLeftToWaitFor("step")));
  endWithParent();
  await executeStep({
    definitions,
    instance: askWhenNeeded({ runId: task.runId, attempt: host.attempt }, host),
    task,
    send: (message) => send(formatStepMessage(message)),
    secrets,
    signal: interrupt.signal,
    crashed: crashed.promise,
  });
}
