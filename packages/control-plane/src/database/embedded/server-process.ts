import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@millrace/model/time/clock";

/** How long a server may take for a fast shutdown, then for an immediate one, before it is killed. */
const SHUTDOWN_STEPS = [
  { signal: "SIGINT", waitMs: 10_000 },
  { signal: "SIGQUIT", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 5_000 },
] as const;

/**
 * Stops whatever server runs on this data folder and can be seen from here: one whose parent was killed, or the backends that a
 * killed postmaster has left behind, which hold its shared memory. Returns once they have gone.
 */
export async function stopServerOf(dataFolder: string): Promise<void> {
  const pid = readPostmasterPid(dataFolder);
  if (pid !== null && isServerOf(pid, dataFolder)) {
    for (const { signal, waitMs } of SHUTDOWN_STEPS) {
      sendSignal(pid, signal);
      if (await hasEnded(pid, waitMs)) break;
    }
  }
  const leftBehind = listServersOf(dataFolder);
  for (const backend of leftBehind) sendSignal(backend, "SIGKILL");
  for (const backend of leftBehind) await hasEnded(backend, 5_000);
}

/** Whether a process with this id runs, whoever owns it. One that has ended and only waits to be collected does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return readProcessState(pid) !== "Z";
}

/** The letter of /proc/PID/stat; null where there is no /proc. */
function readProcessState(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.charAt(stat.lastIndexOf(")") + 2);
  } catch {
    return null;
  }
}

function readPostmasterPid(dataFolder: string): number | null {
  try {
    const pid = Number(readFileSync(join(dataFolder, "postmaster.pid"), "utf8").split("\n")[0]);
    return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

/**
 * Whether a process is a PostgreSQL of this data folder, which is the working directory of each of them: the folder itself, since
 * a container may have another one of the same name. Where there is no /proc, PostgreSQL's own file is believed.
 */
function isServerOf(pid: number, dataFolder: string): boolean {
  if (process.platform !== "linux") return isAlive(pid);
  try {
    if (!/^\d+ \(postgres/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) return false;
    return isWorkingDirectory(pid, dataFolder) ?? readCommand(pid).includes(dataFolder);
  } catch {
    return false; // ended meanwhile, or not ours to see
  }
}

/** Null where root may not look at other users' processes, as in most containers. */
function isWorkingDirectory(pid: number, folder: string): boolean | null {
  try {
    const [directory, own] = [statSync(`/proc/${pid}/cwd`), statSync(folder)];
    return directory.ino === own.ino && directory.dev === own.dev;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return null;
    throw error;
  }
}

function readCommand(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
}

/** Without /proc: none, PostgreSQL's own checks must do. */
function listServersOf(dataFolder: string): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isServerOf(pid, dataFolder));
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** The process is not our child, so its end can only be looked for. */
async function hasEnded(pid: number, withinMs: number): Promise<boolean> {
  const never = new AbortController().signal;
  for (let waited = 0; waited < withinMs; waited += 10) {
    if (!isAlive(pid)) return true;
    await systemClock.sleep(10, never);
  }
  return !isAlive(pid);
}
