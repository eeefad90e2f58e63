import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a server may take for a fast shutdown, then for an immediate one, before it is killed. */
const SHUTDOWN_STEPS = [
  { signal: "SIGINT", waitMs: 10_000 },
  { signal: "SIGQUIT", waitMs: 5_000 },
  { signal: "SIGKILL", waitMs: 5_000 },
] as const;

/**
 * Stops whatever server runs on this data folder without being our child: one whose parent was killed, or the backends that a
 * killed postmaster has left behind, which hold its shared memory. Returns once the folder is free for a new server.
 */
export async function stopServerOf(dataFolder: string): Promise<void> {
  const pid = readPostmasterPid(dataFolder);
  if (pid !== null && isServerOf(pid, dataFolder)) {
    for (const { signal, waitMs } of SHUTDOWN_STEPS) {
      sendSignal(pid, signal);
      if (await hasEnded(pid, waitMs)) break;
    }
  }
  const leftBehind = listBackendsOf(dataFolder);
  for (const backend of leftBehind) sendSignal(backend, "SIGKILL");
  for (const backend of leftBehind) await hasEnded(backend, 5_000);
  // Whoever has this pid now is not our server: PostgreSQL would take any live process for one.
  rmSync(join(dataFolder, "postmaster.pid"), { force: true });
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

/** Guards against a process that has got the old server's id. Where there is no /proc, PostgreSQL's own file is believed. */
function isServerOf(pid: number, dataFolder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(dataFolder);
  } catch {
    return process.platform !== "linux" && isAlive(pid);
  }
}

/** Every server process has the data folder as its working directory. Without /proc: none, PostgreSQL's own checks must do. */
function listBackendsOf(dataFolder: string): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`) === dataFolder &&
          /^\d+ \(postgres/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
        );
      } catch {
        return false; // ended meanwhile, or not ours to see
      }
    });
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
  for (let waited = 0; waited < withinMs; waited += 10) {
    if (!isAlive(pid)) return true;
    await sleep(10);
  }
  return !isAlive(pid);
}
