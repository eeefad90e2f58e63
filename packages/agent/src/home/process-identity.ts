import { readFileSync } from "node:fs";
import type { Clock } from "@millrace/model/time/clock";
import { countField, parseFields } from "./state-file.ts";

/** A process, told apart from a later one with the same number by when it was started. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In the kernel's ticks since boot; null where the system doesn't tell (anywhere but Linux). */
  readonly startTime: string | null;
}

/** How often a process that is nobody's child here is looked at. */
const WATCH_EVERY_MS = 500;

/** The identity of a process that is alive now. */
export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startTime: findStat(pid)?.startTime ?? null };
}

/** Reads an identity from a state file. Throws when it isn't one. */
export function parseProcessIdentity(value: unknown): ProcessIdentity {
  const fields = parseFields(value);
  const startTime = fields["startTime"];
  return { pid: countField(fields, "pid"), startTime: typeof startTime === "string" ? startTime : null };
}

/** Whether this very process still runs. One that has ended and waits to be collected by its parent does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (process.platform === "linux") {
    const stat = findStat(identity.pid);
    return stat !== null && stat.startTime === identity.startTime && stat.state !== "Z" && stat.state !== "X";
  }
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Sends a signal to this very process. False: it has ended. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  return trySignal(identity.pid, signal);
}

/** Kills the process group that this process leads, also when the leader itself has ended and left others behind. */
export function killGroup(identity: ProcessIdentity): boolean {
  // A living process of that number that is not ours: the number was given away, so no group of ours is left.
  const stat = findStat(identity.pid);
  if (stat !== null && stat.startTime !== identity.startTime) return false;
  return trySignal(-identity.pid, "SIGKILL");
}

/** Resolves when the process has ended; looks twice a second. Rejects with the signal's reason. */
export async function untilEnded(
  identity: ProcessIdentity,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (isRunning(identity)) {
    await clock.sleep(WATCH_EVERY_MS, signal);
    signal.throwIfAborted();
  }
}

function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    // EPERM: all that is left of a group runs as somebody else, whom user code made it.
    if (["ESRCH", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

function findStat(pid: number): { readonly state: string; readonly startTime: string } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  // The command's name stands in brackets and may hold anything, brackets too: the fields begin after the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", startTime: fields[19] ?? "" };
}
