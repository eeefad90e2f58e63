import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bench } from "./bench.ts";
import { assetProject } from "./asset-project.ts";
import { medianSeconds } from "./percentiles.ts";
import { createProject } from "../test/system/project.ts";

const ASSETS = 1_000;
const CHECKS = 3;
const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
const template = new URL("../packages/create-millrace/template/tsconfig.json", import.meta.url);

/**
 * 1,000 assets, see `assetProject`, each of which computes with the typed values of three others: how long `tsc` takes for the
 * whole project and the SDK, started afresh. `wrong_edge_refused`: whether it finds a value that is used as what it is not.
 */
export const bench: Bench = async function* () {
  const files = assetProject(ASSETS);
  const project = createProject({ ...files, "tsconfig.json": readFileSync(template, "utf8") });
  const check = () =>
    spawnSync(process.execPath, [tsc, "--pretty", "false"], { cwd: project.folder, encoding: "utf8" });
  try {
    const samples: number[] = [];
    for (let run = 0; run < CHECKS; run++) {
      const startedAt = performance.now();
      const { status, stdout } = check();
      if (status !== 0) throw new Error(`The project has type errors:\n${stdout.slice(0, 2_000)}`);
      samples.push(performance.now() - startedAt);
    }
    const last = "src/layer_9/part_0.ts";
    project.write(last, files[last]?.replace("from0.total", "from0.totals") ?? "");
    yield {
      bench: "types",
      system: "millrace",
      assets: ASSETS,
      check_s: medianSeconds(samples),
      wrong_edge_refused: /part_0\.ts.*totals/.test(check().stdout),
    };
  } finally {
    project.remove();
  }
};
