import { setTimeout as sleep } from "node:timers/promises";
import { createProject } from "../test/system/project.ts";
import { startStack, type Stack } from "../test/system/stack.ts";
import type { Bench } from "./bench.ts";
import { measureDagster } from "./dagster-backfill.ts";
import { rssMegabytes } from "./processes.ts";

const PROJECT = {
  "src/definitions.ts": `
    import { asset, cronPartitions, definitions, multiRun, staticPartitions } from "millrace";
    const minutes = cronPartitions("* * * * *", { start: "2024-01-01" });
    const keys = staticPartitions(Array.from({ length: 100_000 }, (_, i) => "p" + String(i).padStart(6, "0")));
    export const defs = definitions({ assets: [
      asset("windows", { partitions: minutes }, () => 1),
      asset("keys", { partitions: keys }, () => 1),
      asset("ranges", { partitions: minutes, backfill: multiRun({ maxPartitionsPerRun: 1_000 }) }, () => ({})),
    ] });
  `,
};

/** What is made: of windows of time, of static keys, and a thousand windows a run. */
const CASES = [
  { asset: "windows", partitions: 1_000, ends: ["2024-01-01-00:00", "2024-01-01-16:39"], runs: 1_000 },
  { asset: "windows", partitions: 100_000, ends: ["2024-01-01-00:00", "2024-03-10-10:39"], runs: 1_000 },
  { asset: "keys", partitions: 1_000, ends: ["p000000", "p000999"], runs: 1_000 },
  { asset: "keys", partitions: 100_000, ends: ["p000000", "p099999"], runs: 1_000 },
  { asset: "ranges", partitions: 100_000, ends: ["2024-01-01-00:00", "2024-03-10-10:39"], runs: 100 },
] as const;

const LAUNCH = `mutation ($input: LaunchBackfillInput!) { launchBackfill(input: $input) {
  __typename ... on LaunchedBackfill { backfill { id } } ... on InvalidInput { message } ... on UnknownDefinition { message } } }`;
const STATE = `query ($id: ID!) { backfill(id: $id) { status runCount endedAt } }`;

/**
 * One run a partition, none of which starts: what it costs to ask, until the first run and the last of those that may wait at once
 * (1,000) are queued, and until all is canceled. Memory is that of the server, before and at its most.
 */
export const bench: Bench = async function* ({ peers }) {
  const project = createProject(PROJECT);
  const stack = await startStack();
  try {
    const location = await stack.load("bench", project.folder);
    if (location.latest.error) throw new Error(location.latest.error.message);
    await stack.query(
      `mutation { setDeploymentSettings(settings: { max_concurrent_runs: 0 }) { __typename } }`,
    );
    for (const each of CASES)
      yield { bench: "backfill", system: "millrace", ...(await measureCase(stack, each)) };
  } finally {
    await stack.stop();
    project.remove();
  }
  if (peers.includes("dagster")) yield { bench: "backfill", ...(await measureDagster(1_000)) };
};

async function measureCase(
  stack: Stack,
  { asset, partitions, ends, runs }: (typeof CASES)[number],
): Promise<object> {
  const before = rssMegabytes(stack.serverPid());
  const [start, end] = ends;
  const began = performance.now();
  const since = (): number => Math.round(performance.now() - began);
  const { launchBackfill: launched } = await stack.query<{
    launchBackfill: { backfill?: { id: string }; message?: string };
  }>(LAUNCH, { input: { assetSelection: [asset], partitionRanges: [{ start, end }] } });
  const id = launched.backfill?.id;
  if (id === undefined) throw new Error(launched.message ?? "The backfill was not launched");
  const submitted = since();
  let most = before;
  const until = async (
    holds: (state: { runCount: number; endedAt: string | null }) => boolean,
  ): Promise<number> => {
    for (;;) {
      const { backfill } = await stack.query<{ backfill: { runCount: number; endedAt: string | null } }>(
        STATE,
        { id },
      );
      most = Math.max(most, rssMegabytes(stack.serverPid()));
      if (holds(backfill)) return since();
      await sleep(10);
    }
  };
  const first = await until(({ runCount }) => runCount > 0);
  const last = await until(({ runCount }) => runCount >= runs);
  const canceling = performance.now();
  await stack.query(`mutation ($id: ID!) { cancelBackfill(id: $id) { __typename } }`, { id });
  await until(({ endedAt }) => endedAt !== null);
  return {
    asset,
    partitions,
    submit_ms: submitted,
    first_run_ms: first,
    runs_queued: runs,
    last_queued_ms: last,
    cancel_ms: Math.round(performance.now() - canceling),
    server_mb: { before: Math.round(before), most: Math.round(most) },
  };
}
