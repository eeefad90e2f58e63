import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { dagsterAssets } from "./asset-project.ts";
import { installDagster, startDagster } from "./dagster-peer.ts";
import { medianSeconds, percentiles } from "./percentiles.ts";
import { commandOf, listDescendants, rssMegabytes } from "./processes.ts";

const GRAPH = "{ assetNodes { id assetKey { path } dependencyKeys { path } } }";
const RELOAD = `mutation { reloadRepositoryLocation(repositoryLocationName: "definitions.py") { __typename } }`;
const SNAPSHOT = `
from definitions import defs
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value
print(len(serialize_value(RepositorySnap.from_def(defs.get_repository_def()))))
`;

/**
 * The same assets on Dagster:
 *
 * - `load_s`: from the start of its code server alone until it says that it has started. Less than ours counts: nothing is
 *   fetched, uploaded or stored.
 * - `reload_s`: the mutation that loads the location again and answers when the web server has it.
 * - `graph_ms`: each asset with its dependencies, half of what ours is asked for.
 * - `snapshot_bytes`: the serialized repository that its web server fetches.
 * - `rss_mb`: resident memory of the largest process of its code server.
 */
export async function measureDagster(assets: number, loads: number, queries: number): Promise<object> {
  const definitions = dagsterAssets(assets);
  const median = (values: readonly number[]) => percentiles(values).p50;
  const folder = mkdtempSync(join(tmpdir(), "millrace-peer-"));
  const loadMs: number[] = [];
  let snapshotBytes: number;
  try {
    writeFileSync(join(folder, "definitions.py"), definitions);
    for (let load = 0; load < loads; load++) loadMs.push(await timeCodeServer(folder));
    const counted = spawnSync(join(installDagster(), "python"), ["-c", SNAPSHOT], {
      cwd: folder,
      encoding: "utf8",
    });
    snapshotBytes = Number(counted.stdout.trim().split("\n").at(-1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  const dagster = await startDagster(definitions, "");
  try {
    const time = async (document: string) => {
      const startedAt = performance.now();
      await dagster.query(document);
      return performance.now() - startedAt;
    };
    const graphMs: number[] = [];
    for (let query = 0; query <= queries; query++) graphMs.push(await time(GRAPH));
    const rss = listDescendants([dagster.pid])
      .filter((pid) => /api grpc|code-server/.test(commandOf(pid)))
      .map(rssMegabytes);
    const reloadMs: number[] = [];
    for (let reload = 0; reload < loads; reload++) reloadMs.push(await time(RELOAD));
    return {
      load_s: medianSeconds(loadMs),
      reload_s: medianSeconds(reloadMs),
      graph_ms: median(graphMs.slice(1)),
      graph_first_ms: median(graphMs.slice(0, 1)),
      snapshot_bytes: snapshotBytes,
      rss_mb: Math.max(...rss),
    };
  } finally {
    await dagster.stop();
  }
}

async function timeCodeServer(folder: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(
    join(installDagster(), "dagster"),
    ["api", "grpc", "-f", "definitions.py", "-s", join(folder, "socket")],
    { cwd: folder, env: { ...process.env, DAGSTER_HOME: folder }, stdio: ["ignore", "pipe", "pipe"] },
  );
  try {
    const started = Promise.withResolvers<number>();
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (line.includes("Started Dagster code server")) started.resolve(performance.now() - startedAt);
      });
    }
    child.once("exit", (code) =>
      started.reject(new Error(`Dagster's code server ended with ${code} before it had started`)),
    );
    return await started.promise;
  } finally {
    if (child.exitCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
}
