import type { ErrorInfo, RunEvent } from "@millrace/model/run-event";
import type { RunSpec } from "@millrace/model/run-spec";
import type { ResolvedDefinitions } from "millrace/internal/definitions/resolve";
import { toErrorInfo } from "millrace/internal/execution/error-info";
import { executeRun } from "millrace/internal/execution/execute-run";
import type { RunJournal } from "./run-journal.ts";

/** How long a run whose code has crashed, or that nobody wants any more, may take to tear down its resources. */
const TEARDOWN_MS = 10_000;

/**
 * Runs a job to its last event, whatever its code does: an error that nobody caught and a promise that can never settle
 * end the run too, with a word about it.
 *
 * @param interrupt aborted from outside to cancel the run; aborted here when its code has crashed.
 * @param superseded aborted when nobody wants the run's events any more.
 */
export async function runJob(
  spec: RunSpec,
  definitions: ResolvedDefinitions,
  journal: RunJournal,
  interrupt: AbortController,
  superseded: AbortSignal,
): Promise<void> {
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
    setTimeout(() => givenUp.resolve(), TEARDOWN_MS).unref();
  }

  function onUncaught(error: unknown): void {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    if (crash !== null) return;
    crash = toErrorInfo(error);
    giveUpLater();
    interrupt.abort();
  }

  function onNothingLeft(): void {
    const message =
      "The run can't go on: its code waits for something that can never happen, as no timer, file or connection is open";
    crash ??= {
      name: "NothingLeftToWaitFor",
      message,
      stack: null,
      cause: null,
      code: "nothing_left_to_wait_for",
    };
    givenUp.resolve();
  }

  function sink(event: RunEvent): void {
    if (event.type !== "RUN_SUCCESS" && event.type !== "RUN_FAILURE" && event.type !== "RUN_CANCELED")
      journal.record(event);
    else if (crash === null) journal.end(event);
  }

  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
  process.on("beforeExit", onNothingLeft);
  superseded.addEventListener("abort", giveUpLater, { once: true });
  try {
    const run = executeRun({
      runId: spec.runId,
      jobName: spec.jobName,
      tags: spec.tags,
      runConfig: spec.runConfig,
      history: spec.history,
      assetSelection: spec.assetSelection,
      checkSelection: spec.checkSelection,
      stepSelection: spec.stepSelection,
      partitionKey: spec.partitionKey,
      storageDirectory: spec.storageDirectory,
      definitions,
      sink,
      signal: interrupt.signal,
      capturesLogs: true,
    });
    await Promise.race([run, givenUp.promise]);
  } catch (error) {
    crash ??= toErrorInfo(error);
  } finally {
    process.off("uncaughtException", onUncaught);
    process.off("unhandledRejection", onUncaught);
    process.off("beforeExit", onNothingLeft);
  }
  if (crash !== null) endWith(crash);
}
