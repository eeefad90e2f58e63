/**
 * `npm run bench -- NAME [--peer dagster] [--runs N]`: measures one workload and prints one JSON line per system.
 * The peer runs right after ours, on the same machine, with nothing else of ours running.
 */
import { parseArgs } from "node:util";
import type { Bench } from "./bench.ts";

const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  launch: () => import("./launch.ts"),
  docker: () => import("./docker.ts"),
  ingest: () => import("./ingest.ts"),
  idle: () => import("./idle.ts"),
  load: () => import("./load.ts"),
  dev: () => import("./dev.ts"),
  steps: () => import("./steps.ts"),
  types: () => import("./types.ts"),
  automation: () => import("./automation.ts"),
  partitions: () => import("./partitions.ts"),
  backfill: () => import("./backfill.ts"),
  bulk: () => import("./bulk.ts"),
  queue: () => import("./queue.ts"),
  tables: () => import("./tables.ts"),
  ticks: () => import("./ticks.ts"),
  sensors: () => import("./sensors.ts"),
  growth: () => import("./growth.ts"),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { peer: { type: "string", multiple: true, default: [] }, runs: { type: "string", default: "30" } },
});
const [name = ""] = positionals;
const load = BENCHES[name];
if (!load) {
  console.error(`Name a benchmark: ${Object.keys(BENCHES).join(", ")}`);
  process.exit(1);
}
const { bench } = await load();
for await (const line of bench({ peers: values.peer, runs: Number(values.runs) }))
  console.log(JSON.stringify(line));
