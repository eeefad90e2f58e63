import { StringDecoder } from "node:string_decoder";
import type { RunEvent } from "@millrace/model/run-event";
import { onOutput, type ReadyStep } from "@millrace/model/steps/step-machine";
import type { StepMachine } from "@millrace/model/steps/step-machine-state";
import { upstreamOutputs } from "@millrace/model/steps/upstream-outputs";
import { StepProcessEnded } from "../scope/step-failures.ts";
import { runAsStep } from "../scope/current-step.ts";
import type { ExecutionPlan, PlannedStep } from "../plan/execution-plan.ts";
import type { PlanRequest } from "../plan/plan-request.ts";
import { getPlannedStep, reportFailure, type AttemptOutcome } from "../step/run-attempt.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { createLogger } from "../scope/run-log.ts";
import { findTraceParent } from "../../telemetry/open-telemetry.ts";
import type { ExecuteStep } from "../../executors/executor.ts";
import { parseStepMessage, type StepTask } from "./step-task.ts";

/** What the attempts of one run that are executed in other processes have in common. */
export interface RemoteSurroundings {
  readonly plan: ExecutionPlan;
  readonly machine: StepMachine;
  /** What the run was asked to do: every process plans it again, for its own step. */
  readonly request: PlanRequest;
  /** Program and arguments of a process that executes a step. */
  readonly command: readonly string[];
  /** What that process is told for its own use. */
  readonly host: unknown;
  readonly execute: ExecuteStep;
}

/**
 * Runs one attempt of a step in another process: hands it its task, passes on what it says, and judges a process that ends
 * without having said how the step ended. Never rejects because of user code, nor of an executor's.
 *
 * @returns the outcome as soon as it is known, and a promise that resolves when the process is gone.
 */
export function runRemoteAttempt(
  scope: RunScope,
  surroundings: RemoteSurroundings,
  ready: ReadyStep,
  controller: AbortController,
): { readonly outcome: Promise<AttemptOutcome>; readonly gone: Promise<void> } {
  const { plan, machine, command, execute } = surroundings;
  const { stepKey, attempt } = ready;
  const over = Promise.withResolvers<AttemptOutcome>();
  let said: AttemptOutcome | null = null;
  let isOver = false;

  const end = (error: unknown): void => {
    if (isOver) return;
    isOver = true;
    const reason: unknown = controller.signal.aborted ? controller.signal.reason : error;
    over.resolve(said ?? reportFailure(scope, plan, ready, reason));
  };
  const readLine = (line: string): void => {
    const message = parseStepMessage(line);
    if (message === null) {
      if (line !== "") runAsStep(stepKey, () => scope.writeOutput(`${line}\n`));
    } else if (isOver) {
      return;
    } else if (message.type === "event") {
      said = outcomeOf(message.event) ?? said;
      scope.sink(message.event);
    } else if (message.type === "output") {
      onOutput(machine, stepKey, message.outputName, message.mappingKey);
    } else if (said !== null) {
      isOver = true;
      over.resolve(said);
    }
  };
  const lines = createLineReader((line) => {
    try {
      readLine(line);
    } catch (error) {
      end(
        new StepProcessEnded(`The process of step "${stepKey}" said what makes no sense`, { cause: error }),
      );
    }
  });
  const start = async (): Promise<string | void> => {
    const planned = getPlannedStep(plan, ready);
    await scope.assets.untilKnown(planned);
    return execute({
      runId: scope.run.runId,
      jobName: scope.run.jobName,
      stepKey,
      attempt,
      tags: planned.tags,
      runTags: scope.run.tags,
      command,
      input: JSON.stringify(createTask(scope, surroundings, ready, planned)),
      receive: lines.write,
      log: createLogger(scope, stepKey),
      signal: controller.signal,
    });
  };
  const gone = start().then(
    (how) => {
      lines.end();
      const message = `The process of step "${stepKey}" ended before the step was over`;
      end(new StepProcessEnded(how ? `${message}: ${how}` : message));
    },
    (error: unknown) => {
      lines.end();
      end(error);
    },
  );
  return { outcome: over.promise, gone };
}

function createTask(
  scope: RunScope,
  { machine, request, host }: RemoteSurroundings,
  { stepKey, attempt, goesOn }: ReadyStep,
  planned: PlannedStep,
): StepTask {
  const knownOutputs = upstreamOutputs(machine, stepKey);
  const { outputRuns = {}, storedOn } = scope.run.history ?? {};
  return {
    ...request,
    ...scope.run,
    traceParent: findTraceParent(),
    stepSelection: [stepKey],
    stepKey,
    attempt,
    history: {
      knownOutputs,
      outputRuns: Object.fromEntries(
        Object.keys(knownOutputs).flatMap((key) => {
          const runId = outputRuns[key];
          return runId === undefined ? [] : [[key, runId]];
        }),
      ),
      resume: {
        finished: [],
        started: [
          {
            stepKey,
            attempts: goesOn ? attempt : attempt - 1,
            retryAt: null,
            ...(goesOn ? { waitsUntil: scope.clock.now() } : {}),
            memory: scope.memory.of(stepKey),
          },
        ],
      },
      ...(storedOn === undefined ? {} : { storedOn }),
    },
    assets: scope.assets.listKnown(planned),
    storageDirectory: scope.storageDirectory,
    interruptGraceSeconds: scope.interruptGraceSeconds,
    host,
  };
}

/** How the attempt ends of which this event tells; null for any other event. */
function outcomeOf(event: RunEvent): AttemptOutcome | null {
  switch (event.type) {
    case "STEP_SUCCESS":
      return { kind: "success" };
    case "STEP_FAILURE":
      return { kind: "failure", retryAt: null };
    case "STEP_WAITING":
      return { kind: "waiting", until: event.until };
    case "STEP_UP_FOR_RETRY":
      return { kind: "failure", retryAt: event.timestamp + event.delaySeconds * 1000 };
    default:
      return null;
  }
}

function createLineReader(readLine: (line: string) => void): {
  readonly write: (chunk: string | Uint8Array) => void;
  readonly end: () => void;
} {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    write(chunk) {
      const lines = (rest + (typeof chunk === "string" ? chunk : decoder.write(chunk))).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) readLine(line);
    },
    end() {
      if (rest !== "") readLine(rest);
      rest = "";
    },
  };
}
