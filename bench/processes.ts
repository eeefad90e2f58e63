import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks of /proc/<pid>/stat per second. */
const TICKS = 100;

/** The processes and all that they started, code servers and workers in sessions of their own included. */
export function listDescendants(roots: readonly number[]): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? statOf(Number(name))?.parent : undefined;
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const found = new Set(roots);
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (found.has(parent) && !found.has(pid)) {
        found.add(pid);
        grown = true;
      }
    }
  }
  return [...found];
}

function statOf(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}

/** What the processes have computed so far, together. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0) / TICKS;
}

/** Proportional memory: shared pages count in part. 0 once the process has ended. */
export function pssMegabytes(pid: number): number {
  return kilobytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+)/m);
}

/** Resident memory: shared pages count in full. 0 once the process has ended. */
export function rssMegabytes(pid: number): number {
  return kilobytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+)/m);
}

function kilobytes(file: string, pattern: RegExp): number {
  try {
    return Math.round(Number(pattern.exec(readFileSync(file, "utf8"))?.[1] ?? 0) / 1_024);
  } catch {
    return 0;
  }
}

/** How a process was called, without the folders of its paths. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8")
      .replaceAll("\0", " ")
      .replaceAll(/\S*\//g, "")
      .slice(0, 80)
      .trim();
  } catch {
    return "ended";
  }
}
