import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a process of ours does. */
export type ProcessKind = "code-server" | "run-worker" | "standby-worker" | "step-process";

/** A process that an agent, or one of its workers, has started. */
export interface FoundProcess {
  readonly pid: number;
  readonly kind: ProcessKind;
  /** Of a run worker, and of a process that executes its steps: whose run it has. */
  readonly runId: string | null;
}

/**
 * All processes that have something in their environment, such as the name of a folder of our own, whoever their parents are by
 * now. In the order of their numbers.
 *
 * @param mark what stands in their environment, as `NAME=value`.
 */
export function findProcesses(mark: string): FoundProcess[] {
  return listPids(mark).flatMap((pid) => describe(pid) ?? []);
}

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

function describe(pid: number): FoundProcess | null {
  const words = readText(`/proc/${pid}/cmdline`).split("\0");
  if (words.includes("code-server")) return { pid, kind: "code-server", runId: null };
  if (words.includes("execute-run")) {
    const option = words.find((word) => word.startsWith("--worker-directory=")) ?? "=";
    const state = readText(join(option.slice(option.indexOf("=") + 1), "worker.json"));
    if (state === "") return { pid, kind: "standby-worker", runId: null };
    return { pid, kind: "run-worker", runId: (JSON.parse(state) as { runId: string }).runId };
  }
  if (!words.some((word) => word.endsWith("/step.mjs"))) return null;
  const parent = Number(/^PPid:\s+(\d+)/m.exec(readText(`/proc/${pid}/status`))?.[1]);
  return { pid, kind: "step-process", runId: describe(parent)?.runId ?? null };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // it has ended, or is not ours
  }
}
