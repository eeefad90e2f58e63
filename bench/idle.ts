import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { startDagster } from "./dagster-peer.ts";
import { commandOf, cpuSeconds, listDescendants, pssMegabytes } from "./processes.ts";
import { createProject } from "../test/system/project.ts";
import { startStack } from "../test/system/stack.ts";

const SETTLE_MS = 15_000;
const WINDOW_MS = 60_000;

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
  const before = cpuSeconds(listDescendants(roots()));
  const startedAt = performance.now();
  await sleep(WINDOW_MS);
  const pids = listDescendants(roots());
  const seconds = (performance.now() - startedAt) / 1_000;
  const processes = pids.map((pid) => ({
    command: commandOf(pid),
    pss_mb: pssMegabytes(pid),
  }));
  return {
    pss_mb: processes.reduce((sum, process) => sum + process.pss_mb, 0),
    cpu_percent: Math.round(((cpuSeconds(pids) - before) / seconds) * 10_000) / 100,
    processes,
  };
}
