import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@millrace/control-plane/database/connect";
import { databaseUrl } from "@millrace/control-plane/database/embedded/cluster";
import type { Bench } from "./bench.ts";
import { assetProject } from "./asset-project.ts";
import { measureDagster } from "./dagster-load.ts";
import { medianSeconds, percentiles } from "./percentiles.ts";
import { commandOf, listDescendants, rssMegabytes } from "./processes.ts";
import { createProject } from "../test/system/project.ts";
import { startStack, type Stack } from "../test/system/stack.ts";

const SIZES = [1_000, 10_000];
/** Projects of each size that are loaded one after the other; the figures are medians. */
const PROJECTS = 3;
const QUERIES = 5;
/** How often a client asks whether the location has loaded. */
const POLL_MS = 10;
/** What the page asks for its lineage graph. */
const GRAPH = `{ assetGraph { key locationName group kinds executable partitioned dependencies state lastMaterializedAt checks { passed warned failed unknown } } }`;

/**
 * A code location of 1,000 and of 10,000 assets, see `assetProject`. Ours, through control plane, database and agent:
 *
 * - `load_s`: from just before `setCodeLocation` is sent until a client sees that the control plane serves it. That is the code
 *   server's whole start, the bundling of files never seen before, the description, and its upload and storing.
 * - `reload_s`: the same from `reloadCodeLocation`, after one file changed.
 * - `graph_ms`: the lineage graph's query with the answer read, once the first (`graph_first_ms`) has been answered.
 * - `snapshot_bytes`: what was described, unpacked; `stored_bytes`: as it stands in the database.
 * - `rss_mb`: resident memory of the code server's process.
 *
 * What the peer's figures are stands at `measureDagster`.
 */
export const bench: Bench = async function* (options) {
  for (const assets of SIZES) {
    yield { bench: "load", system: "millrace", assets, ...(await measureMillrace(assets)) };
    if (options.peers.includes("dagster"))
      yield {
        bench: "load",
        system: "dagster",
        assets,
        ...(await measureDagster(assets, PROJECTS, QUERIES)),
      };
  }
};

async function measureMillrace(assets: number): Promise<object> {
  const stack = await startStack();
  const samples: Sample[] = [];
  try {
    // The agent has connected, and everything is compiled, once a first location has loaded.
    await measureProject(stack, "warm_up", 10);
    for (let index = 0; index < PROJECTS; index++)
      samples.push(await measureProject(stack, `bench_${index}`, assets));
    const median = (values: readonly number[]) => percentiles(values).p50;
    return {
      load_s: medianSeconds(samples.map((sample) => sample.loadMs)),
      reload_s: medianSeconds(samples.map((sample) => sample.reloadMs)),
      graph_ms: median(samples.flatMap((sample) => sample.graphMs.slice(1))),
      graph_first_ms: median(samples.map((sample) => sample.graphMs[0] ?? Number.NaN)),
      ...(await readSnapshotSize(stack)),
      rss_mb: median(samples.map((sample) => sample.rssMb)),
    };
  } finally {
    await stack.stop();
  }
}

interface Sample {
  readonly loadMs: number;
  readonly reloadMs: number;
  readonly graphMs: readonly number[];
  readonly rssMb: number;
}

async function measureProject(stack: Stack, name: string, assets: number): Promise<Sample> {
  const files = assetProject(assets);
  const project = createProject(files);
  try {
    const document = { workingDirectory: project.folder, entry: "src/definitions.ts" };
    const loadMs = await timeRevision(stack, name, () =>
      stack.query(
        `mutation($name: String!, $document: JSON!) { location: setCodeLocation(name: $name, document: $document) { ... on CodeLocation { revision } } }`,
        { name, document },
      ),
    );
    const graphMs: number[] = [];
    for (let query = 0; query <= QUERIES; query++) {
      const startedAt = performance.now();
      const { assetGraph } = await stack.query<{ assetGraph: readonly unknown[] }>(GRAPH);
      graphMs.push(performance.now() - startedAt);
      if (assetGraph.length !== assets) throw new Error(`The graph has ${assetGraph.length} assets`);
    }
    const rssMb = Math.max(
      ...listDescendants([stack.agentPid()])
        .filter((pid) => commandOf(pid).includes("api code-server"))
        .map(rssMegabytes),
    );
    const changed = "src/layer_0/part_0.ts";
    project.write(changed, files[changed]?.replace("asset 0 of layer 0", "another description") ?? "");
    const reloadMs = await timeRevision(stack, name, () =>
      stack.query(`mutation($name: String!) { location: reloadCodeLocation(name: $name) { revision } }`, {
        name,
      }),
    );
    await stack.query(`mutation($name: String!) { removeCodeLocation(name: $name) }`, { name });
    return { loadMs, reloadMs, graphMs, rssMb };
  } finally {
    project.remove();
  }
}

/** Milliseconds from the request until the revision that it made is served. */
async function timeRevision(
  stack: Stack,
  name: string,
  request: () => Promise<{ location: { revision: number } }>,
): Promise<number> {
  const startedAt = performance.now();
  const { revision } = (await request()).location;
  for (;;) {
    const { codeLocation } = await stack.query<{
      codeLocation: {
        serving: { revision: number } | null;
        latest: { revision: number; error: { message: string } | null } | null;
      };
    }>(
      `query($name: String!) { codeLocation(name: $name) { serving { revision } latest { revision error } } }`,
      { name },
    );
    const { serving, latest } = codeLocation;
    if (serving && serving.revision >= revision) return performance.now() - startedAt;
    if (latest?.error) throw new Error(latest.error.message);
    await sleep(POLL_MS);
  }
}

async function readSnapshotSize(stack: Stack): Promise<{ snapshot_bytes: number; stored_bytes: number }> {
  // PostgreSQL writes there, in the fifth line, in which folder its socket is.
  const pidFile = join(stack.home, "server", "postgres", "data", "postmaster.pid");
  const socketFolder = readFileSync(pidFile, "utf8").split("\n")[4] ?? "";
  const db = connect(databaseUrl(socketFolder, "millrace"));
  try {
    const snapshots = await db.selectFrom("snapshot").select(["size", "document"]).execute();
    const largest = snapshots.toSorted((a, b) => b.size - a.size)[0];
    return { snapshot_bytes: largest?.size ?? 0, stored_bytes: largest?.document.length ?? 0 };
  } finally {
    await db.destroy();
  }
}
