import { describeTarget } from "@millrace/model/runs/describe-target";
import { untilAborted } from "@millrace/model/waiting/until-aborted";
import { backgroundClock, systemClock } from "@millrace/model/time/clock";
import { every } from "@millrace/model/waiting/every";
import { onAbort } from "@millrace/model/waiting/on-abort";
import type { RunEvent } from "@millrace/model/run-event";
import type { RunSpec } from "@millrace/model/runs/run-spec";
import type { WorkerIdentity } from "@millrace/protocol/journal/courier";
import { PULSE_MS } from "@millrace/protocol/journal/courier-messages";
import { openEventJournal, type EventJournal } from "@millrace/protocol/journal/event-journal";
import { flushSpans } from "millrace/internal/telemetry/open-telemetry";
import { describeLoadingError } from "../loading/loading-errors.ts";
import { describeThrown } from "../loading/thrown-while-loading.ts";
import type { Debugging } from "@millrace/model/runs/debugging";
import { admitDebugger } from "./admit-debugger.ts";
import { askWhenNeeded } from "./ask-when-needed.ts";
import type { CourierHandle } from "./courier-handle.ts";
import type { Loading } from "./loading.ts";
import { createRunJournal, type RunJournal } from "./run-journal.ts";
import { runJob, type JobRun } from "./run-job.ts";

/** Exit code of a worker whose run another attempt has taken over. */
const EXIT_SUPERSEDED = 3;
/** How often a journal that a full disk refuses is tried again. */
const FLUSH_EVERY_MS = 1_000;
/** How long a slow collector of OpenTelemetry may hold up the end of the process. */
const FLUSH_SPANS_MS = 5_000;

/** One attempt and what the worker has ready for it. */
export interface AttemptOptions {
  readonly spec: RunSpec;
  readonly workerDirectory: string;
  /** How it introduces itself, but for the agent that launched it. */
  readonly worker: Omit<WorkerIdentity, "agentId">;
  /** Program and arguments of a process that executes one step. */
  readonly stepCommand: readonly string[];
  readonly courier: CourierHandle;
  readonly loading: Loading;
  /** What must not show in the output; grows. */
  readonly secrets: Set<string>;
  /** Resolves with the cause when output of the process found no room, and is lost. */
  readonly outputLost: Promise<string>;
  /** Ends the noting of which step writes to stdout and stderr. */
  readonly stopMarking: () => void;
  /** Aborted when the process is asked to stop. */
  readonly interrupt: AbortController;
  readonly debugging: Debugging | null;
}

/**
 * Executes one attempt, from the question whether it may to the delivery of its last event. Nothing of the author's job
 * runs before the control plane has said yes, however long that takes.
 *
 * @returns the process's exit code: 0 when the run's last event is in the journal.
 */
export async function executeAttempt(options: AttemptOptions): Promise<number> {
  const { workerDirectory, courier } = options;
  let released = Promise.resolve();
  const file = openEventJournal(
    workerDirectory,
    () => courier.poke(),
    (problem) => {
      released = flushInTime(file, problem, courier);
    },
  );
  void every(backgroundClock, PULSE_MS, new AbortController().signal, () => courier.pulse());
  return executeWith(createRunJournal(file), options, () => released);
}

/**
 * The same with a journal that is open.
 *
 * @param untilWritten resolves when all that is in the journal is on disk.
 */
export async function executeWith(
  journal: RunJournal,
  options: AttemptOptions,
  untilWritten: () => Promise<void>,
): Promise<number> {
  const { spec, workerDirectory, courier, loading, interrupt } = options;
  const superseded = new AbortController();
  const stopReporting = reportExit(journal);

  const { runId, attempt, runToken, agentApiUrl, agentId } = spec;
  const { startedFor: insteadOf } = spec;
  const worker = { ...options.worker, agentId, ...(insteadOf === undefined ? {} : { insteadOf }) };
  const started = courier.start(
    { runId, attempt, runToken, agentApiUrl, workerDirectory, worker },
    {
      onDirective(directive) {
        if (directive === "SUPERSEDED") superseded.abort();
        interrupt.abort();
      },
      onNotice: (message) => journal.record(engineEvent(message)),
    },
  );
  onAbort(superseded.signal, () => journal.mute());
  void options.outputLost.then((cause) =>
    journal.record(
      engineEvent(
        `What the run prints is lost for now, and the run goes on; what is missing is said there: ${cause}`,
      ),
    ),
  );

  const interrupted = untilAborted(interrupt.signal);
  const directive = await Promise.race([started, interrupted.promise.catch(() => "INTERRUPTED" as const)]);
  interrupted.stop();
  if (directive === "SUPERSEDED" || superseded.signal.aborted) {
    stopReporting();
    return EXIT_SUPERSEDED;
  }
  if (directive !== "CONTINUE") {
    journal.end({
      type: "RUN_CANCELED",
      timestamp: Date.now(),
      message: "The run was canceled before it began",
    });
  } else {
    courier.holdProcess(false);
    const instance = askWhenNeeded({ runId, attempt }, { agentApiUrl, runToken });
    const stepCommand = [...options.stepCommand, `--worker-directory=${workerDirectory}`];
    const run = {
      spec,
      stepCommand,
      journal,
      interrupt,
      superseded: superseded.signal,
      instance,
      secrets: options.secrets,
    };
    const loaded = await loading;
    if (options.debugging !== null) admitDebugger(options.debugging, journal);
    await runLoaded(loaded, run);
    courier.holdProcess(true);
  }
  stopReporting();
  if (superseded.signal.aborted) {
    options.stopMarking();
    return EXIT_SUPERSEDED;
  }
  const flushed = flushSpans(FLUSH_SPANS_MS);
  await untilWritten();
  options.stopMarking();
  const failure = directive === "INTERRUPTED" ? null : await courier.complete();
  // What is not delivered is on disk, where the agent finds it.
  if (failure !== null)
    process.stderr.write(`millrace: the run's last events could not be delivered: ${failure}\n`);
  await flushed;
  return 0;
}

/** Runs the job, or says in the journal why its code could not be loaded. */
async function runLoaded(loaded: Awaited<Loading>, run: Omit<JobRun, "definitions">): Promise<void> {
  const { spec, journal } = run;
  if ("definitions" in loaded) return runJob({ ...run, definitions: loaded.definitions });
  const error = describeLoadingError(describeThrown(loaded.error, process.cwd()));
  const what = describeTarget({ jobName: spec.jobName, assetKeys: spec.assetSelection ?? [] });
  journal.record({ type: "RUN_START", timestamp: Date.now(), message: `Started run of ${what}` });
  journal.end({
    type: "RUN_FAILURE",
    timestamp: Date.now(),
    reason: "JOB_INITIALIZATION_FAILURE",
    message: `The definitions could not be loaded: ${error.message}`,
    error,
  });
}

/** Says in the journal, at the last moment, that user code ended the process. Returns how to stop looking out for it. */
function reportExit(journal: RunJournal): () => void {
  const onExit = (code: number): void => {
    if (journal.hasEnded()) return;
    journal.record(
      engineEvent(
        `The run's process was ended from within, with exit code ${code}: did the code call process.exit?`,
      ),
    );
    if (code === 0) process.exitCode = 1;
  };
  process.on("exit", onExit);
  return () => void process.off("exit", onExit);
}

function engineEvent(message: string): RunEvent {
  return { type: "ENGINE_EVENT", timestamp: Date.now(), message, stepKey: null, error: null, metadata: {} };
}

/** Tries until a full disk takes what has happened. Meanwhile the courier says why nothing is heard of it. */
async function flushInTime(file: EventJournal, problem: string, courier: CourierHandle): Promise<void> {
  process.stderr.write(`millrace: what happens in the run can't be written down: ${problem}\n`);
  for (let heldBy: string | null = problem; heldBy !== null; heldBy = file.flush()) {
    courier.hold(heldBy);
    await systemClock.sleep(FLUSH_EVERY_MS, new AbortController().signal);
  }
  courier.hold(null);
}
