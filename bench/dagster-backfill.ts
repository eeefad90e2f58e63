import { setTimeout as sleep } from "node:timers/promises";
import { startDagster } from "./dagster-peer.ts";
import { listDescendants, pssMegabytes } from "./processes.ts";

const DEFINITIONS = `
import dagster as dg

@dg.asset(partitions_def=dg.StaticPartitionsDefinition([f"p{i:05d}" for i in range(10000)]))
def keys():
    return 1

defs = dg.Definitions([keys])
`;
const LAUNCH = `mutation ($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
  ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }`;
const COUNT = `query ($f: RunsFilter) { runsOrError(filter: $f) { ... on Runs { count } } }`;

/** A backfill of static partitions with one run each, none of which starts: until the first and the last run are there. */
export async function measureDagster(partitions: number): Promise<object> {
  const dagster = await startDagster(DEFINITIONS, "concurrency:\n  runs:\n    max_concurrent_runs: 0\n");
  try {
    const measureMemory = (): number =>
      Math.round(listDescendants([dagster.pid]).reduce((sum, pid) => sum + pssMegabytes(pid), 0));
    const before = measureMemory();
    let most = before;
    const partitionNames = Array.from({ length: partitions }, (_, i) => `p${String(i).padStart(5, "0")}`);
    const began = performance.now();
    const since = (): number => Math.round(performance.now() - began);
    const { launchPartitionBackfill: launched } = await dagster.query<{
      launchPartitionBackfill: { backfillId?: string; message?: string };
    }>(LAUNCH, { p: { assetSelection: [{ path: ["keys"] }], partitionNames } });
    if (launched.backfillId === undefined) throw new Error(launched.message);
    const submitted = since();
    const filter = { tags: [{ key: "dagster/backfill", value: launched.backfillId }] };
    const until = async (count: number): Promise<number> => {
      for (;;) {
        const { runsOrError } = await dagster.query<{ runsOrError: { count: number } }>(COUNT, { f: filter });
        most = Math.max(most, measureMemory());
        if (runsOrError.count >= count) return since();
        await sleep(500);
      }
    };
    const first = await until(1);
    const last = await until(partitions);
    return {
      system: "dagster",
      asset: "keys",
      partitions,
      submit_ms: submitted,
      first_run_ms: first,
      runs_queued: partitions,
      last_queued_ms: last,
      // Of all its processes: web server, daemon and code servers.
      processes_mb: { before, most },
    };
  } finally {
    await dagster.stop();
  }
}
