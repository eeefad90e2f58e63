import { describeTarget } from "@millrace/model/runs/describe-target";
import { orAborted } from "@millrace/model/waiting/until-aborted";
import { ExpectedError } from "@millrace/model/expected-error";
import type { RunEvent } from "@millrace/model/run-event";
import type { ResolvedDefinitions } from "../../definitions/resolved-definitions.ts";
import type { RunFailureReason } from "@millrace/model/run-failure";
import { type Clock, systemClock } from "@millrace/model/time/clock";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import { executeSteps } from "./execute-steps.ts";
import { planRun } from "../plan/plan-run.ts";
import { type PlanRequest, toPlanRequest } from "../plan/plan-request.ts";
import { createRunAssets } from "../scope/run-assets.ts";
import { parseRunConfigs } from "../resources/parse-run-configs.ts";
import type { RunInstance } from "../../context/run-instance.ts";
import { ResourceSetupFailed } from "../resources/run-resources.ts";
import { createRunMemory } from "../scope/run-memory.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { emit } from "../scope/emit.ts";
import type { RunInfo } from "../scope/run-info.ts";
import type { StepsOutcome } from "./run-steps.ts";
import { runInRunSpan } from "../../telemetry/run-spans.ts";

/** A run to execute, and the world it runs in. */
export interface ExecuteRunOptions extends PlanRequest, RunInfo {
  readonly definitions: ResolvedDefinitions;
  /** The deployment that the run belongs to, as far as it may ask it. */
  readonly instance: RunInstance;
  /** Receives every event the moment it happens, in order. */
  readonly sink: (event: RunEvent) => void;
  /**
   * Program and arguments of a process that executes one step, for executors that want one. Default: there is none, and all
   * steps run in this process.
   */
  readonly stepCommand?: readonly string[];
  /** What such a process is told for its own use, as JSON: it is passed on unread. */
  readonly stepHost?: unknown;
  /** Folder in which the default IO manager keeps values. */
  readonly storageDirectory: string;
  /** Interrupts the run: running steps see it in their signal, resources are torn down, the run ends as canceled. */
  readonly signal?: AbortSignal;
  /** Whether stdout and stderr of this process are captured for the run, which the event log says then. */
  readonly capturesLogs?: boolean;
  /** Default: those of this process. */
  readonly environmentVariables?: Readonly<Record<string, string | undefined>>;
  /** Receives the secrets that the run's config holds, in all forms that are masked, as soon as they are known. Default: a new set. */
  readonly secrets?: Set<string>;
  readonly clock?: Clock;
  /** Whether somebody lets the run go on in another process when it ends with `SUSPENDED`. Default: false, it sits its waits out. */
  readonly maySuspend?: boolean;
  /** How waits of the steps' own are waited for where the run stays. Default: by the clock. */
  readonly letTimePass?: RunScope["letTimePass"];
  /** Default: `Math.random`. */
  readonly random?: () => number;
  /** Default: 5. */
  readonly interruptGraceSeconds?: number;
  /** Receives log messages that are too long for an event. Default: this process's stdout. */
  readonly writeOutput?: (text: string) => void;
}

/** How a run ended; `SUSPENDED`: it has not, and is to go on in a further attempt when the time has come. */
export type RunOutcome = "SUCCESS" | "FAILURE" | "CANCELED" | "SUSPENDED";

/**
 * Executes one run in this process, from `RUN_START` to its last event. Whatever user code does, and whatever is wrong
 * with the request, becomes events; only a failing `sink` makes it reject.
 */
export async function executeRun(options: ExecuteRunOptions): Promise<RunOutcome> {
  const scope = createScope(options);
  const explainFailure = (outcome: RunOutcome): string | null =>
    outcome === "FAILURE" ? "The run failed" : null;
  return runInRunSpan(scope.run, options.partitionKey ?? null, explainFailure, () => execute(scope, options));
}

async function execute(scope: RunScope, options: ExecuteRunOptions): Promise<RunOutcome> {
  const what = describeTarget({ jobName: options.jobName, assetKeys: options.assetSelection ?? [] });
  emit(scope, { type: "RUN_START", message: `Started run of ${what}` });
  if (options.capturesLogs) {
    emit(scope, {
      type: "LOGS_CAPTURED",
      stepKeys: [],
      message: "stdout and stderr of the run's process are captured",
    });
  }
  let outcome: StepsOutcome;
  try {
    outcome = await prepareAndRun(scope, options);
  } catch (error) {
    if (scope.signal.aborted) outcome = { kind: "interrupted" };
    else return failRun(scope, error);
  }
  return endRun(scope, outcome);
}

function endRun(scope: RunScope, outcome: StepsOutcome): RunOutcome {
  if (outcome.kind === "success") {
    emit(scope, { type: "RUN_SUCCESS", message: "The run succeeded" });
    return "SUCCESS";
  }
  if (outcome.kind === "failure") {
    emit(scope, {
      type: "RUN_FAILURE",
      reason: "STEP_FAILURE",
      error: null,
      message: failureMessage(outcome.failedSteps),
    });
    return "FAILURE";
  }
  if (outcome.kind === "suspended") {
    const { until } = outcome;
    const message = `All that is left waits until ${new Date(until).toISOString()}: the run goes on in a further attempt`;
    emit(scope, { type: "RUN_SUSPENDED", until, message });
    return "SUSPENDED";
  }
  emit(scope, { type: "RUN_CANCELED", message: "The run was canceled" });
  return "CANCELED";
}

function failureMessage(failedSteps: readonly string[]): string {
  const named = failedSteps.slice(0, 5).join(", ");
  const others = failedSteps.length > 5 ? ` and ${failedSteps.length - 5} others` : "";
  return `${failedSteps.length === 1 ? "Step" : "Steps"} failed: ${named}${others}`;
}

function createScope(options: ExecuteRunOptions): RunScope {
  const {
    runId,
    jobName,
    tags,
    runConfig,
    history = null,
    locationName = null,
    definitions,
    instance,
  } = options;
  const run = { runId, jobName, tags, runConfig, history, locationName };
  const { clock = systemClock, letTimePass = (...pause) => clock.sleep(...pause) } = options;
  const assets = createRunAssets({
    definitions,
    instance,
    run,
    clock,
    known: null,
    onUnreachable: (error) => noteUnknownAssets(scope, error),
  });
  const memory = createRunMemory(history?.resume ?? null);
  const scope: RunScope = {
    run,
    definitions,
    instance,
    assets,
    memory,
    storageDirectory: options.storageDirectory,
    environment: {
      variables: options.environmentVariables ?? process.env,
      secrets: options.secrets ?? new Set(),
    },
    clock,
    maySuspend: options.maySuspend ?? false,
    letTimePass,
    random: options.random ?? Math.random,
    signal: options.signal ?? new AbortController().signal,
    interruptGraceSeconds: options.interruptGraceSeconds ?? 5,
    sink: (event) => {
      memory.note(event);
      options.sink(assets.stamp(event));
    },
    writeOutput: options.writeOutput ?? ((text) => void process.stdout.write(text)),
  };
  return scope;
}

function noteUnknownAssets(scope: RunScope, error: unknown): void {
  const info = toErrorInfo(error);
  emit(scope, {
    type: "ENGINE_EVENT",
    stepKey: null,
    error: info,
    metadata: {},
    message: `The run goes on without knowing its upstream assets, so that data versions made from them are unknown: ${info.message}`,
  });
}

/** What went wrong before the first step, with the error that says so. */
class PreparationFailed extends Error {}

async function prepareAndRun(scope: RunScope, options: ExecuteRunOptions): Promise<StepsOutcome> {
  // What planning asks the deployment may wait for long.
  const plan = await orAborted(planRun(scope, options), scope.signal).catch(rethrowPrepared);
  scope.assets.begin(plan);
  const configs = await parseRunConfigs(scope, plan).catch(rethrowPrepared);
  const request = toPlanRequest(options);
  return executeSteps(scope, plan, configs, {
    request,
    command: options.stepCommand ?? null,
    host: options.stepHost,
  });
}

function rethrowPrepared(error: unknown): never {
  throw error instanceof ExpectedError ? new PreparationFailed(error.message, { cause: error }) : error;
}

function failRun(scope: RunScope, error: unknown): RunOutcome {
  const prepared = error instanceof PreparationFailed || error instanceof ResourceSetupFailed;
  const reason: RunFailureReason = prepared ? "JOB_INITIALIZATION_FAILURE" : "RUN_EXCEPTION";
  // What is wrong with the request says so itself: the calls that led there are ours.
  const info =
    error instanceof PreparationFailed ? { ...toErrorInfo(error.cause), stack: null } : toErrorInfo(error);
  emit(scope, { type: "RUN_FAILURE", reason, error: info, message: info.message });
  return "FAILURE";
}
