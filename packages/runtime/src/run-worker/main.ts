import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { DEBUGGING } from "@millrace/model/runs/debugging";
// Types only: everything that runs is in the bundle, so that a worker loads nothing twice and starts fast.
import type { runWorker } from "./run-worker.ts";

/** Options of `millrace api execute-run`. */
export interface RunWorkerMainOptions {
  /** Load the code, then wait for the spec over IPC. */
  readonly standby: boolean;
  /** File with the spec, or `-` for standard input; instead of `standby`. */
  readonly spec: string | undefined;
  /** The `worker.mjs` of a bundle, an absolute path. */
  readonly bundle: string | undefined;
  /** The worker's folder. Default: the one that the spec names. */
  readonly workerDirectory: string | undefined;
  /** The unix socket over which a worker that stands by hears of its run. Default: the IPC channel. */
  readonly agentSocket: string | undefined;
  /** Where the run is expected to report, to connect ahead. */
  readonly agentApiUrl: string | undefined;
  /** How a debugger may look at the run: `open` or `wait`. Default: not at all. */
  readonly debugging: string | undefined;
}

/** A run worker: executes one attempt of one run, then ends the process. Without a usable command line it says so and exits with 2. */
export async function runWorkerMain(options: RunWorkerMainOptions): Promise<void> {
  const { standby, spec, bundle } = options;
  if (bundle === undefined)
    return usage("--bundle FILE is missing: the worker.mjs of a bundle that a code server made");
  if (standby === (spec !== undefined))
    return usage("give either --standby, or --spec FILE (- for standard input)");
  if (standby && options.workerDirectory === undefined)
    return usage("--standby needs --worker-directory FOLDER");

  const debugging = DEBUGGING.find((known) => known === options.debugging);
  if (options.debugging !== undefined && debugging === undefined)
    return usage(`--debugging takes ${DEBUGGING.join(" or ")}`);

  const module = (await import(pathToFileURL(bundle).href)) as { readonly runWorker: typeof runWorker };
  await module.runWorker({
    bundle,
    spec: spec === undefined ? null : readFileSync(spec === "-" ? 0 : spec, "utf8"),
    workerDirectory: options.workerDirectory ?? null,
    agentSocket: options.agentSocket ?? null,
    agentApiUrl: options.agentApiUrl ?? null,
    debugging: debugging ?? null,
  });
}

function usage(problem: string): void {
  process.stderr.write(`millrace api execute-run: ${problem}\n`);
  process.exitCode = 2;
}
