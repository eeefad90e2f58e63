import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { startDagster } from "./dagster-peer.ts";
import { createProject } from "../test/system/project.ts";
import { startStack } from "../test/system/stack.ts";

const SETTLE_MS = 15_000;
const WINDOW_MS = 60_000;
/** Clock ticks of /proc/<pid>/stat per second. */
const TICKS = 100;

/**
 * What a stack costs that does nothing: proportional memory (PSS) of all its processes, and the share of one core over a minute.
 * Ours: control plane, its database, agent, one code server, one standby worker. No client is attached.
 */
export const bench: Bench = async function* (options) {
  const project = createProject({
    "src/definitions.ts": `import { asset, definitions } from "millrace";\nexport const defs = definitions({ assets: [asset("one", {}, () => 1)] });`,
  });
  const stack = await startStack();
  try {
    await stack.load("bench", project.folder);
    yield {
      bench: "idle",
      system: "millrace",
      ...(await measure(() => [stack.serverPid(), stack.agentPid()])),
    };
  } finally {
    await stack.stop();
    project.remove();
  }
  if (options.peers.includes("dagster")) {
    const dagster = await startDagster("import dagster as dg\ndefs = dg.Definitions()\n", "");
    try {
      yield { bench: "idle", system: "dagster", ...(await measure(() => [dagster.pid])) };
    } finally {
      await dagster.stop();
    }
  }
};

async function measure(roots: () => number[]): Promise<object> {
  await sleep(SETTLE_MS);
  const before = cpuSeconds(descendants(roots()));
  const startedAt = performance.now();
  await sleep(WINDOW_MS);
  const pids = descendants(roots());
  const seconds = (performance.now() - startedAt) / 1_000;
  const processes = pids.map((pid) => ({
    command: commandOf(pid),
    pss_mb: Math.round(pssKilobytes(pid) / 1_024),
  }));
  return {
    pss_mb: processes.reduce((sum, process) => sum + process.pss_mb, 0),
    cpu_percent: Math.round(((cpuSeconds(pids) - before) / seconds) * 10_000) / 100,
    processes,
  };
}

/** The processes and all that they started, code servers and workers in sessions of their own included. */
function descendants(roots: readonly number[]): number[] {
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

function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (statOf(pid)?.ticks ?? 0), 0) / TICKS;
}

function pssKilobytes(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function commandOf(pid: number): string {
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
