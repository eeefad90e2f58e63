import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, statSync } from "node:fs";
import type { FolderCode, LocationDocument } from "@millrace/model/location-document";
import type { Clock } from "@millrace/model/time/clock";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { TOO_LATE, within } from "@millrace/model/waiting/within";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import { CodeNotSupported, LaunchFailed } from "../launcher.ts";
import {
  identifyProcess,
  isRunning,
  killGroup,
  untilEnded,
  type ProcessIdentity,
} from "../../home/process-identity.ts";
import { readEnvironmentFiles } from "./environment-files.ts";
import { readLastOutput, toWorkerEnd } from "../files/process-end.ts";
import type { ProcessHost } from "./process-host.ts";

/**
 * A process of ours: it leads its own process group, so that it outlives the agent and can be killed with all its children.
 * What its code has started and left in the group ends with it.
 */
export interface SpawnedProcess {
  readonly identity: ProcessIdentity;
  readonly child: ChildProcess;
  readonly ended: Promise<WorkerEnd>;
}

/**
 * Starts a process for a code location: in its folder, with its environment, its output in files, and an IPC channel.
 *
 * @param command program and arguments.
 * @throws CodeNotSupported for code that is not in a folder; LaunchFailed when it can't be started, such as for a folder that is not there.
 */
export function spawnForLocation(
  { environment, environmentFiles, released }: ProcessHost,
  document: LocationDocument,
  command: readonly string[],
  output: { readonly stdout: string; readonly stderr: string },
): SpawnedProcess {
  const { workingDirectory } = getFolder(document);
  if (!statSync(workingDirectory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new LaunchFailed(
      `The working directory ${workingDirectory} is not a folder on the agent's machine`,
      { code: "code_missing" },
    );
  }
  const [program = "", ...args] = command;
  const before = statSync(output.stderr, { throwIfNoEntry: false })?.size ?? 0;
  const stdout = openSync(output.stdout, "a", 0o600);
  const stderr = openSync(output.stderr, "a", 0o600);
  try {
    const child = spawn(program, args, {
      cwd: workingDirectory,
      env: { ...readEnvironmentFiles(environmentFiles), ...environment, ...document.environment },
      detached: true,
      stdio: ["ignore", stdout, stderr, "ipc"],
    });
    // A process that could not be started says so twice, here and as an event; a closed channel is seen by whoever waits.
    child.on("error", () => {});
    if (child.pid === undefined)
      throw new LaunchFailed(`${program} could not be started: is the machine out of memory or processes?`);
    const identity = identifyProcess(child.pid);
    const ended = new Promise<WorkerEnd>((resolve) => {
      child.once("exit", (exitCode, signal) => {
        killGroup(identity);
        resolve(toWorkerEnd(exitCode, signal, readLastOutput(output.stderr, before)));
      });
    });
    // A child keeps the agent's own process alive, until the agent lets it go.
    const listening = onAbort(released, () => child.unref());
    void ended.then(() => listening[Symbol.dispose]());
    return { identity, child, ended };
  } finally {
    closeSync(stdout);
    closeSync(stderr);
  }
}

/** The folder of a location's code. Throws CodeNotSupported when it has none. */
export function getFolder({ code }: LocationDocument): FolderCode {
  if (code.kind === "folder") return code;
  throw new CodeNotSupported(
    `The code is in the image ${code.image}, and this agent launches processes: it runs code in folders of its machine. An agent that launches containers can serve it: start one with --launcher docker`,
  );
}

/**
 * The end of a process that an earlier agent started: it is watched by its number and start time, because it is nobody's
 * child here.
 *
 * @param stderr where it writes.
 */
export async function untilAdoptedEnded(
  { clock, released }: ProcessHost,
  identity: ProcessIdentity,
  stderr: string,
): Promise<WorkerEnd> {
  await untilEnded(identity, clock, released);
  killGroup(identity);
  return toWorkerEnd(null, null, readLastOutput(stderr));
}

/** Sends SIGTERM, and SIGKILL to the whole group when the process has not ended after `graceMs`. Resolves when it is gone. */
export async function stopProcess(
  clock: Clock,
  identity: ProcessIdentity,
  ended: Promise<unknown>,
  graceMs: number,
): Promise<void> {
  if (isRunning(identity)) {
    process.kill(identity.pid, "SIGTERM");
    await endOrKill(clock, identity, ended, graceMs);
  }
  await ended;
}

/** Kills the whole group when the process has not ended by itself after `graceMs`. */
export async function endOrKill(
  clock: Clock,
  identity: ProcessIdentity,
  ended: Promise<unknown>,
  graceMs: number,
): Promise<void> {
  if ((await within(clock, graceMs, ended)) === TOO_LATE) killGroup(identity);
  await ended;
}
