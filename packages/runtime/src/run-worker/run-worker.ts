import { systemClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import type { RunSpec } from "@millrace/model/runs/run-spec";
import { writeWorkerId } from "@millrace/protocol/journal/worker-files";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import type { FileState } from "@millrace/protocol/homes/file-state";
import { COURIER_FILE, STEP_FILE } from "../loading/bundle-files.ts";
import { enableLazySourceMaps } from "../loading/lazy-source-maps.ts";
import { watchFilesRead } from "../loading/files-read.ts";
import { loadDefinitions, type LoadedDefinitions } from "../loading/load-definitions.ts";
import { superviseLoading } from "../loading/supervise-loading.ts";
import { borrowCourier } from "./borrow-courier.ts";
import { startCourierThread, type CourierHandle } from "./courier-handle.ts";
import type { Debugging } from "@millrace/model/runs/debugging";
import { executeAttempt, type AttemptOptions } from "./execute-attempt.ts";
import { markOutput } from "./mark-output.ts";
import { parseRunSpec } from "./parse-run-spec.ts";
import { rehearse } from "./rehearse.ts";
import type { Loading } from "./loading.ts";

/** How long a worker has stood by when it begins to prepare for its run. */
const REHEARSE_AFTER_MS = 50;
/** A process for one step is over before its garbage is worth collecting: less of that saves a tenth of its start. */
const STEP_FLAGS = ["--min-semi-space-size=16"];

/** What the entry of the process found on its command line. */
export interface RunWorkerOptions {
  /** The `worker.mjs` that this code was loaded from; the bundle's other files are beside it. */
  readonly bundle: string;
  /** The spec as JSON; null: stand by and wait for it over IPC. */
  readonly spec: string | null;
  /** Null: the folder that the spec names. */
  readonly workerDirectory: string | null;
  readonly agentApiUrl: string | null;
  /** How a debugger may look at the run; null: not at all. */
  readonly debugging: Debugging | null;
}

/**
 * The run worker, loaded from the bundle with the author's code beside it: loads that code, takes one spec, executes it,
 * and ends the process once everything is delivered.
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  enableLazySourceMaps();
  const folder = dirname(options.bundle);
  const given = options.spec === null ? null : parseRunSpec(JSON.parse(options.spec));
  const interrupt = new AbortController();
  // A worker without a run has nothing to finish.
  let stop = given === null ? () => process.exit(0) : () => interrupt.abort();
  process.on("SIGINT", () => stop()).on("SIGTERM", () => stop());

  // The id is made before there is a run: the first random number of a process takes milliseconds.
  const worker: IntroducedWorker = {
    workerId: randomUUID(),
    place: `${process.pid}@${hostname()}`,
    codeDigest: basename(folder),
  };
  const workerDirectory = options.workerDirectory ?? given?.workerDirectory;
  if (workerDirectory !== undefined) leaveWorkerId(workerDirectory, worker.workerId);
  const secrets = new Set<string>();
  const outputLost = Promise.withResolvers<string>();
  const stopMarking =
    workerDirectory === undefined
      ? () => {}
      : markOutput(workerDirectory, () => null, secrets, outputLost.resolve);
  const startOwnCourier = () =>
    startCourierThread(join(folder, COURIER_FILE), given?.agentApiUrl ?? options.agentApiUrl);
  let courier = given === null ? null : startOwnCourier();
  const filesRead = watchFilesRead();
  const loading = withoutRejecting(superviseLoading(() => loadDefinitions(folder), process.cwd())).finally(
    () => filesRead.stop(),
  );
  let spec = given;
  if (spec === null) {
    await loading; // A standby has loaded everything before a run can come.
    const onCrash = (): void => {
      if (spec === null) process.exit(1);
    };
    const handed = await receiveSpec(
      worker,
      filesRead.list(),
      () => borrowCourier(startOwnCourier),
      async () => workerDirectory === undefined || rehearse(workerDirectory, onCrash),
    );
    stop = () => interrupt.abort();
    ({ spec, courier } = handed);
  }
  const exitCode = await executeAttempt({
    spec,
    workerDirectory: workerDirectory ?? spec.workerDirectory,
    worker,
    stepCommand: [process.execPath, ...STEP_FLAGS, join(folder, STEP_FILE)],
    courier: courier ?? startOwnCourier(),
    loading,
    outputLost: outputLost.promise,
    stopMarking,
    secrets,
    interrupt,
    debugging: options.debugging,
  });
  process.exit(exitCode);
}

/** Leaves the worker's id for the agent, which tells how the worker ends. */
function leaveWorkerId(workerDirectory: string, workerId: string): void {
  try {
    writeWorkerId(workerDirectory, workerId);
  } catch (error) {
    // Of a worker whose id it does not know, the control plane believes the agent that launched it.
    process.stderr.write(`millrace: the worker's id can't be written: ${toErrorInfo(error).message}\n`);
  }
}

function withoutRejecting(loading: Promise<LoadedDefinitions>): Loading {
  return loading.then(
    ({ definitions }) => ({ definitions }),
    (error: unknown) => ({ error }),
  );
}

/** How a worker introduces itself, before it knows which agent has its run. */
type IntroducedWorker = AttemptOptions["worker"];

/** A run as the agent hands it over, and the courier that it lends at first; null: none. */
interface HandedRun {
  readonly spec: RunSpec;
  readonly courier: CourierHandle | null;
}

/**
 * Stands by for the spec. The process ends when the agent goes away before one came.
 *
 * @param reads what the code read while it was loaded: the agent starts another worker when that changes.
 * @param borrow takes the courier that the agent lends.
 * @param prepare what there is time for while no run comes.
 */
function receiveSpec(
  worker: IntroducedWorker,
  reads: readonly FileState[],
  borrow: () => CourierHandle,
  prepare: () => Promise<unknown>,
): Promise<HandedRun> {
  const { channel } = process;
  if (channel === undefined || channel === null) {
    throw new Error(
      "A standby worker is started by an agent, which hands it its run over an IPC channel; use --spec instead",
    );
  }
  const leave = (): void => process.exit(0);
  process.once("disconnect", leave);
  return new Promise((resolve) => {
    const onMessage = (message: Readonly<Record<string, unknown>> | null): void => {
      if (message?.["type"] !== "execute") return;
      const spec = parseRunSpec(message["spec"]);
      process.off("message", onMessage).off("disconnect", leave);
      idle[Symbol.dispose]();
      tellAgent({ type: "accepted" });
      // From here on the agent may go and come back as another process.
      channel.unref();
      resolve({ spec, courier: message["lendsCourier"] === true ? borrow() : null });
    };
    process.on("message", onMessage);
    tellAgent({ type: "standing-by", reads, worker });
    // A worker that is needed at once has no time for it; a rehearsal that fails only loses its gain.
    const idle = after(systemClock, REHEARSE_AFTER_MS, () => void prepare().catch(() => {}));
  });
}

function tellAgent(
  message:
    | {
        readonly type: "standing-by";
        readonly reads: readonly FileState[];
        readonly worker: IntroducedWorker;
      }
    | { readonly type: "accepted" },
): void {
  process.send?.(message, () => {}); // An agent that is gone hears nothing.
}
