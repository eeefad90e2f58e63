/**
 * `npm run soak -- [--minutes N] [--seed S] [--check]`: puts a fixed load on the real processes and prints, as JSON lines, how fast
 * each of them and each folder grows. With `--check` it ends with 1 when something grows faster than `limits.ts` allows.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createProject } from "../system/project.ts";
import { startStack } from "../system/stack.ts";
import { judge } from "./limits.ts";
import { takeSample, type Series } from "./samples.ts";
import { fitSlope } from "./slope.ts";
import { putLoad, SOAK_FILES } from "./soak-load.ts";

const SAMPLE_EVERY_MS = 1_000;
/** Heap of each process of Node, in MB: twice what the server needs under this load. */
const HEAP_MB = 128;
/** The share of the time in which caches fill and code is compiled; it is not judged. */
const WARM_UP = 1 / 3;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    check: { type: "boolean", default: false },
  },
});
const milliseconds = Number(values.minutes) * 60_000;
if (!(milliseconds > 0) || !Number.isInteger(Number(values.seed))) {
  console.error("--minutes takes a number above 0, --seed a whole number");
  process.exit(1);
}

const project = createProject(SOAK_FILES);
const folder = mkdtempSync(join(tmpdir(), "millrace-soak-"));
const folders = { temporary: join(folder, "tmp"), cache: join(folder, "cache") };
for (const path of Object.values(folders)) mkdirSync(path);
// What any of the processes leaves behind is in folders that nobody else uses.
process.env["TMPDIR"] = folders.temporary;
process.env["XDG_CACHE_HOME"] = folders.cache;
// With room, V8 collects old garbage only after minutes, which looks like a leak for as long.
process.env["NODE_OPTIONS"] = `--max-old-space-size=${HEAP_MB}`;

const stack = await startStack();
let failed = false;
try {
  await stack.load("soak", project.folder);
  const over = new AbortController();
  const load = putLoad(stack, project, { seed: Number(values.seed), milliseconds, signal: over.signal });
  load.catch(() => over.abort()); // it is awaited below
  const series: Series = new Map();
  const weighed = {
    ...folders,
    database: join(realpathSync(join(stack.home, "server/postgres")), "data/base"),
    "agent-home": join(stack.home, "agent"),
    project: join(project.folder, ".millrace"),
  };
  const startedAt = performance.now();
  for (let spent = 0; spent < milliseconds && !over.signal.aborted; spent = performance.now() - startedAt) {
    await sleep(SAMPLE_EVERY_MS, undefined, { signal: over.signal }).catch(() => {});
    takeSample(series, spent / 1_000, stack, weighed);
  }
  over.abort();
  const counts = await load;
  console.log(
    JSON.stringify({ soak: "load", seed: Number(values.seed), minutes: Number(values.minutes), ...counts }),
  );
  const minutes = milliseconds / 60_000;
  const rates = { runs: counts.launches / minutes, reloads: counts.reloads / minutes };
  for (const [measure, points] of series) {
    const judged = points.filter(({ seconds }) => seconds * 1_000 >= milliseconds * WARM_UP);
    const slope = fitSlope(judged);
    if (slope === null) continue;
    const verdict = judge(measure, slope, rates);
    failed ||= verdict.grows;
    console.log(
      JSON.stringify({
        soak: measure,
        samples: judged.length,
        first: round(judged[0]?.value),
        last: round(judged.at(-1)?.value),
        per_minute: round(slope.perMinute),
        error: round(slope.error),
        ...verdict,
      }),
    );
  }
} catch (error) {
  console.error(`The load failed. The last that the processes said:\n${stack.logs().slice(-4_000)}`);
  throw error;
} finally {
  await stack.stop();
  project.remove();
  rmSync(folder, { recursive: true, force: true });
}
if (failed && values.check) {
  console.error("Something grows: see the lines with `grows`");
  process.exitCode = 1;
}

function round(value = Number.NaN): number {
  return Math.round(value * 100) / 100;
}
