import { listGivenSecrets } from "millrace/internal/config/given-secrets";
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
import { openAgentChannel, type AgentChannel } from "./agent-channel.ts";
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
  /** The spec as JSON; null: stand by and wait for it. */
  readonly spec: string | null;
  /** Null: the folder that the spec names. */
  readonly workerDirectory: string | null;
  /** The unix socket over which the spec comes; null: the IPC channel. */
  readonly agentSocket: string | null;
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
  // Of one that hears of its run over a socket, it tells that it has come to it.
  if (workerDirectory !== undefined && options.agentSocket === null)
    leaveWorkerId(workerDirectory, worker.workerId);
  const secrets = listGivenSecrets(process.env);
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
    // Nobody lends one over a socket.
    if (options.agentSocket !== null) courier = startOwnCourier();
    const handed = await receiveSpec(
      openAgentChannel(options.agentSocket),
      worker,
      filesRead.list(),
      () => borrowCourier(startOwnCourier),
      async () => workerDirectory === undefined || rehearse(workerDirectory, onCrash),
    );
    stop = () => interrupt.abort();
    spec = handed.spec;
    courier ??= handed.courier;
    if (options.agentSocket !== null && workerDirectory !== undefined)
      leaveWorkerId(workerDirectory, worker.workerId);
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
 * @param channel to the agent that started it.
 * @param reads what the code read while it was loaded: the agent starts another worker when that changes.
 * @param borrow takes the courier that the agent lends.
 * @param prepare what there is time for while no run comes.
 */
function receiveSpec(
  channel: AgentChannel,
  worker: IntroducedWorker,
  reads: readonly FileState[],
  borrow: () => CourierHandle,
  prepare: () => Promise<unknown>,
): Promise<HandedRun> {
  return new Promise((resolve) => {
    channel.listen((message) => {
      if (message === null) process.exit(0);
      if (message["type"] !== "execute") return;
      const spec = parseRunSpec(message["spec"]);
      idle[Symbol.dispose]();
      channel.tell({ type: "accepted" });
      channel.release();
      resolve({ spec, courier: message["lendsCourier"] === true ? borrow() : null });
    });
    channel.tell({ type: "standing-by", reads, worker });
    // A worker that is needed at once has no time for it; a rehearsal that fails only loses its gain.
    const idle = after(systemClock, REHEARSE_AFTER_MS, () => void prepare().catch(() => {}));
  });
}
