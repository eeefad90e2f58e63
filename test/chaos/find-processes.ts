import { readdirSync, readFileSync } from "node:fs";

/** Numbers of the processes with a mark, in order. */
export function listPids(mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readText(`/proc/${pid}/environ`).split("\0").includes(mark))
    .sort((one, other) => one - other);
}

/** Sends a signal to a process, if it is still there. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It was quicker.
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it has ended, or is not ours
  }
}
