import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Bench } from "./bench.ts";
import { assetProject } from "./asset-project.ts";
import { medianSeconds } from "./percentiles.ts";
import { createProject } from "../test/system/project.ts";

const MILLRACE = fileURLToPath(new URL("../packages/cli/bin/millrace.js", import.meta.url));
const ASSETS = 200;
const SAVES = 9;
const EXECUTIONS = 9;
/** How often a client asks which revision serves. */
const POLL_MS = 5;

/**
 * What an author waits for, in a project of 200 assets, see `assetProject`; medians.
 *
 * - `start_s`: from the start of `millrace dev` on a home that is there until it prints the page's address: everything serves.
 * - `save_s`: from the saving of a file until a client sees that the control plane serves what it changed.
 * - `execute_s`: the whole process of `millrace execute asset` for an asset that does nothing, in a project of its own.
 */
export const bench: Bench = async function* () {
  yield {
    bench: "dev",
    system: "millrace",
    assets: ASSETS,
    ...(await measureDev()),
    execute_s: await measureExecute(),
  };
};

async function measureDev(): Promise<{ start_s: number; save_s: number }> {
  const files = assetProject(ASSETS);
  const project = createProject(files);
  try {
    // The first start makes the database.
    await stopDev((await startDev(project.folder)).dev);
    const startedAt = performance.now();
    const { dev, url } = await startDev(project.folder);
    const startMs = performance.now() - startedAt;
    const name = basename(project.folder);
    const file = "src/layer_0/part_0.ts";
    const saves: number[] = [];
    for (let index = 0; index < SAVES; index++) {
      const before = await servingRevision(url, name);
      const savedAt = performance.now();
      project.write(file, `${files[file] ?? ""}\n// ${index}`);
      while ((await servingRevision(url, name)) === before) await sleep(POLL_MS);
      saves.push(performance.now() - savedAt);
    }
    await stopDev(dev);
    return { start_s: medianSeconds([startMs]), save_s: medianSeconds(saves) };
  } finally {
    project.remove();
  }
}

async function startDev(folder: string): Promise<{ dev: ChildProcess; url: string }> {
  const dev = spawn(process.execPath, [MILLRACE, "dev", folder, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let text = "";
  const url = await new Promise<string>((resolve, reject) => {
    dev.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const [found] = /http:\/\/\S+/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
    dev.on("exit", () => reject(new Error(`millrace dev ended before it served:\n${text}`)));
  });
  return { dev, url };
}

async function stopDev(dev: ChildProcess): Promise<void> {
  dev.kill("SIGINT");
  await once(dev, "exit");
}

async function servingRevision(url: string, name: string): Promise<number | null> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      query: "query($name: String!) { codeLocation(name: $name) { serving { revision } } }",
      variables: { name },
    }),
  });
  const { data } = (await response.json()) as {
    data: { codeLocation: { serving: { revision: number } | null } };
  };
  return data.codeLocation.serving?.revision ?? null;
}

async function measureExecute(): Promise<number> {
  const project = createProject({
    "src/definitions.ts": `import { asset } from "millrace";\nexport const one = asset("one", () => 1);`,
  });
  try {
    const times: number[] = [];
    for (let index = 0; index <= EXECUTIONS; index++) {
      const startedAt = performance.now();
      const args = [
        MILLRACE,
        "execute",
        "asset",
        "one",
        "--folder",
        project.folder,
        "--storage",
        join(project.folder, "values"),
      ];
      const [code] = (await once(spawn(process.execPath, args, { stdio: "ignore" }), "exit")) as [number];
      if (code !== 0) throw new Error(`millrace execute ended with ${code}`);
      times.push(performance.now() - startedAt);
    }
    return medianSeconds(times.slice(1));
  } finally {
    project.remove();
  }
}
