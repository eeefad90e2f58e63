import { LAST_WORDS, type ErrorInfo, type RunEvent } from "@millrace/model/run-event";
import type { RunHistory, RunSpec } from "@millrace/model/runs/run-spec";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolved-definitions";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import { backgroundClock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { onAbort } from "@millrace/model/waiting/on-abort";
import { giveToItsStep } from "millrace/internal/execution/scope/current-step";
import { executeRun } from "millrace/internal/execution/run/execute-run";
import { toPlanRequest } from "millrace/internal/execution/plan/plan-request";
import type { RunInstance } from "millrace/internal/context/run-instance";
import { NothingLeftToWaitFor } from "./nothing-left.ts";
import type { RunJournal } from "./run-journal.ts";

/** How long a run whose code has crashed, or that nobody wants any more, may take to tear down its resources. */
const TEARDOWN_MS = 10_000;

/** A run to execute, and the worker that executes it. */
export interface JobRun {
  readonly spec: RunSpec;
  readonly definitions: ResolvedDefinitions;
  /** Program and arguments of a process that executes one step. */
  readonly stepCommand: readonly string[];
  readonly journal: RunJournal;
  /** Aborted from outside to cancel the run; aborted here when its code has crashed. */
  readonly interrupt: AbortController;
  /** Aborted when nobody wants the run's events any more. */
  readonly superseded: AbortSignal;
  /** Receives what must not show in the output. */
  readonly secrets: Set<string>;
  /** Answers the run's questions to its deployment. */
  readonly instance: RunInstance;
}

/**
 * Runs a job to its last event, whatever its code does: an error that nobody caught fails the attempt of the step whose code
 * threw it, or else ends the run, and so does a promise that can never come to its end, with a word about it.
 */
export async function runJob({
  spec,
  definitions,
  stepCommand,
  journal,
  interrupt,
  superseded,
  instance,
  secrets,
}: JobRun): Promise<void> {
  const givenUp = Promise.withResolvers<void>();
  let crash: ErrorInfo | null = null;

  function endWith(error: ErrorInfo): void {
    journal.end({
      type: "RUN_FAILURE",
      timestamp: Date.now(),
      reason: "RUN_EXCEPTION",
      message: error.message,
      error,
    });
  }

  function giveUpLater(): void {
    after(backgroundClock, TEARDOWN_MS, givenUp.resolve);
  }

  function onUncaught(error: unknown): void {
    const info = toErrorInfo(error);
    process.stderr.write(`${info.stack ?? info.message}\n`);
    if (giveToItsStep(error) || crash !== null) return;
    crash = info;
    giveUpLater();
    interrupt.abort();
  }

  function onNothingLeft(): void {
    crash ??= { ...toErrorInfo(new NothingLeftToWaitFor("run")), stack: null };
    givenUp.resolve();
  }

  function sink(event: RunEvent): void {
    if (!LAST_WORDS.includes(event.type)) journal.record(event);
    else if (crash === null) journal.end(event);
  }

  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
  process.on("beforeExit", onNothingLeft);
  const listening = onAbort(superseded, giveUpLater);
  try {
    const run = executeRun({
      ...toPlanRequest(spec),
      runId: spec.runId,
      locationName: spec.locationName,
      tags: spec.tags,
      runConfig: spec.runConfig,
      history: elsewhere(spec),
      storageDirectory: spec.storageDirectory ?? "",
      definitions,
      instance,
      stepCommand,
      stepHost: { agentApiUrl: spec.agentApiUrl, runToken: spec.runToken, attempt: spec.attempt },
      sink,
      secrets,
      signal: interrupt.signal,
      capturesLogs: true,
      maySuspend: true,
    });
    await Promise.race([run, givenUp.promise]);
  } catch (error) {
    crash ??= toErrorInfo(error);
  } finally {
    listening[Symbol.dispose]();
    process.off("uncaughtException", onUncaught);
    process.off("unhandledRejection", onUncaught);
    process.off("beforeExit", onNothingLeft);
  }
  if (crash !== null) endWith(crash);
}

/** The history of a run, which names the agent that has its values only when that is another one than here. */
function elsewhere({ history, agentId }: RunSpec): RunHistory | null {
  if (history?.storedOn?.agentId !== agentId) return history;
  const { storedOn: _, ...here } = history;
  return here;
}
