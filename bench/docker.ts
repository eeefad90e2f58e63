import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findWhyNoDocker, startTestDocker } from "@millrace/agent/testing/test-docker";
import type { Bench } from "./bench.ts";
import { measureRuns, ONE_OP_PROJECT } from "./launch.ts";
import { createProject } from "../test/system/project.ts";
import { startStack } from "../test/system/stack.ts";

const repository = fileURLToPath(new URL("../", import.meta.url)).slice(0, -1);
/** Runs before the first that counts. */
const WARM_UP = 2;
/** Between two runs: so long a container takes to stand by, with room. */
const PAUSE_MS = 2_500;

/**
 * The job of `launch` in containers of a Docker engine that the benchmark starts: from just before the mutation to the timestamp of the line
 * that the op logs, and to the event of the run's success. Cold: the container is made for the run. Standby: one waits for it.
 */
export const bench: Bench = async function* ({ runs }) {
  const missing = findWhyNoDocker();
  if (missing !== null) throw new Error(missing);
  const docker = await startTestDocker();
  try {
    for (const standbys of [0, 1]) {
      const line = { bench: "docker", system: "millrace", case: standbys === 0 ? "cold" : "standby" };
      yield { ...line, ...(await measure(docker, standbys, runs)) };
    }
  } finally {
    await docker.stop();
  }
};

async function measure(
  { socketPath, image }: { readonly socketPath: string; readonly image: string },
  standbys: number,
  runs: number,
): Promise<object> {
  const project = createProject({
    ...ONE_OP_PROJECT,
    "millrace.mjs": `await import(${JSON.stringify(`${repository}/packages/cli/bin/millrace.js`)});`,
  });
  const stack = await startStack({ agent: false });
  try {
    stack.startAgent({ DOCKER_HOST: `unix://${socketPath}` }, stack.url, [
      "--launcher=docker",
      "--docker-network=host",
      `--standby-workers=${standbys}`,
      `--docker-volume=${repository}:${repository}:ro`,
      `--docker-volume=${project.folder}:/app`,
      `--docker-volume=${join(project.folder, "millrace.mjs")}:/millrace.mjs:ro`,
      // What this machine has compiled of the command already.
      `--docker-volume=${join(homedir(), ".cache")}:/root/.cache`,
    ]);
    const code = { kind: "image", image, entry: "src/definitions.ts" };
    const { latest } = await stack.loadDocument("bench", { code });
    if (latest.error) throw new Error(latest.error.message);
    return await measureRuns(stack, { runs, warmUp: WARM_UP, pauseMs: PAUSE_MS });
  } finally {
    await stack.stop();
    project.remove();
  }
}
