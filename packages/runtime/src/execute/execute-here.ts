import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { RunEvent } from "@millrace/model/run-event";
import type { RunTarget } from "@millrace/model/runs/run-target";
import { memoryRunInstance } from "millrace/internal/context/memory-run-instance";
import { flushSpans } from "millrace/internal/telemetry/open-telemetry";
import { STEP_FILE } from "../loading/bundle-files.ts";
import { loadDefinitions } from "../loading/load-definitions.ts";
import { superviseLoading } from "../loading/supervise-loading.ts";
import { describeThrown } from "../loading/thrown-while-loading.ts";
import { runJob } from "../run-worker/run-job.ts";
import { endChildrenAtExit } from "./end-children.ts";
import { maskPrinted } from "./mask-printed.ts";

/** How long a slow collector of OpenTelemetry may hold up the end. */
const FLUSH_SPANS_MS = 5_000;

/** A run without a control plane. */
export interface HereOptions {
  readonly target: RunTarget;
  /** The keys of dynamic partitions that there are, by their name, oldest first. Those that steps add are known to this run alone. */
  readonly dynamicPartitions: Readonly<Record<string, readonly string[]>>;
  /** The name of the project's code location, to which the tables belong that its assets fill, here as in a deployment. */
  readonly locationName: string;
  /** The bundle's folder. */
  readonly bundle: string;
  /** The author's folder. */
  readonly workingDirectory: string;
  /** Where the default IO manager keeps values. */
  readonly storageDirectory: string;
  /** Receives every event the moment it happens. */
  readonly sink: (event: RunEvent) => void;
}

/**
 * Executes a run in this process with the real IO managers, and without a control plane: nobody knows of it afterwards but whoever reads the
 * events. SIGINT and SIGTERM cancel it. Processes that the code starts end with this one.
 *
 * @throws whatever the code throws while it is loaded, as its author reads it.
 */
export async function executeHere(options: HereOptions): Promise<void> {
  const { target, dynamicPartitions, locationName, bundle, workingDirectory, storageDirectory, sink } =
    options;
  const runId = randomUUID();
  endChildrenAtExit(runId);
  const load = () => loadDefinitions(bundle);
  const { definitions } = await superviseLoading(load, workingDirectory).catch((error: unknown) => {
    throw describeThrown(error, workingDirectory);
  });
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupt.abort());
  const instance = memoryRunInstance({ dynamicPartitions });
  const secrets = new Set<string>();
  maskPrinted(secrets);
  let ended = false;
  const tell = (event: RunEvent): void => {
    if (ended) return;
    instance.recordEvent(runId, event);
    sink(event);
  };
  await runJob({
    spec: {
      ...target,
      runId,
      attempt: 1,
      runToken: "",
      agentApiUrl: "",
      agentId: null,
      locationName,
      history: null,
      workerDirectory: "",
      storageDirectory,
    },
    definitions,
    stepCommand: [process.execPath, join(bundle, STEP_FILE)],
    journal: {
      record: tell,
      end(event) {
        tell(event);
        ended = true;
      },
      mute() {},
      hasEnded: () => ended,
    },
    interrupt,
    superseded: new AbortController().signal,
    instance,
    secrets,
  });
  await flushSpans(FLUSH_SPANS_MS);
}
