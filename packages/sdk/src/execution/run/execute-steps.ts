import { createStepMachine, isDone } from "@millrace/model/steps/step-machine";
import type { StepMachine } from "@millrace/model/steps/step-machine-state";
import { inProcessExecutor, type ExecuteStep, type Executor } from "../../executors/executor.ts";
import { runRemoteAttempt } from "../elsewhere/remote-attempts.ts";
import { openStepProcesses } from "../elsewhere/step-processes.ts";
import type { ExecutionPlan } from "../plan/execution-plan.ts";
import type { PlanRequest } from "../plan/plan-request.ts";
import { limitAttempt } from "../step/limit-attempt.ts";
import { runAttempt, timeLimitOf } from "../step/run-attempt.ts";
import type { RunConfigs } from "../scope/run-configs.ts";
import { setUpResources } from "../resources/run-resources.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { createPoolSlots, type PoolSlots } from "./pool-slots.ts";
import { runSteps, type StepsOutcome } from "./run-steps.ts";

const DEFAULT_EXECUTOR = inProcessExecutor();

/** What processes need that execute steps of a run apart from it. */
export interface StepHost {
  readonly request: PlanRequest;
  /** Program and arguments of such a process; null: there can be none, so all steps run in this one. */
  readonly command: readonly string[] | null;
  /** What it is told for its own use. */
  readonly host: unknown;
}

/** Runs all steps of a plan where the job's executor says. */
export async function executeSteps(
  scope: RunScope,
  plan: ExecutionPlan,
  configs: RunConfigs,
  { request, command, host }: StepHost,
): Promise<StepsOutcome> {
  const executor = plan.job?.executor ?? scope.definitions.definitions.executor ?? DEFAULT_EXECUTOR;
  const machine = createMachine(scope, plan, executor);
  const slots = createPoolSlots(
    scope,
    (graphKey) => plan.steps.get(graphKey)?.computation.pool ?? null,
    executor.maxConcurrent,
  );
  const { place } = executor;
  if (place.kind === "run_worker" || command === null) return runHere(scope, plan, configs, machine, slots);
  const surroundings = { plan, machine, slots, request, command, host };
  if (place.kind === "elsewhere") return runElsewhere(scope, { ...surroundings, execute: place.execute });
  const { interruptGraceSeconds } = scope;
  const countUnstarted = (): number => (isDone(machine) ? 0 : machine.unfinished - machine.running);
  const processes = openStepProcesses(command, place.warm, countUnstarted, interruptGraceSeconds);
  try {
    return await runElsewhere(scope, { ...surroundings, execute: processes.execute });
  } finally {
    processes.close();
  }
}

function createMachine(scope: RunScope, plan: ExecutionPlan, executor: Executor): StepMachine {
  const { history } = scope.run;
  return createStepMachine(plan.graph, {
    maxConcurrent: executor.maxConcurrent,
    tagLimits: executor.tagLimits,
    ...(history ? { knownOutputs: history.knownOutputs } : {}),
    ...(history?.resume ? { resume: history.resume } : {}),
    ...(plan.stepSelection === null ? {} : { selection: plan.stepSelection }),
  });
}

async function runHere(
  scope: RunScope,
  plan: ExecutionPlan,
  configs: RunConfigs,
  machine: StepMachine,
  slots: PoolSlots,
): Promise<StepsOutcome> {
  const resources = await setUpResources(scope, configs.neededResources, configs.resources, null);
  const surroundings = { plan, machine, configs, resources: resources.values };
  try {
    return await runSteps(scope, machine, slots, (ready, controller) =>
      limitAttempt(scope, timeLimitOf(plan, ready), controller, () =>
        runAttempt(scope, surroundings, ready, controller),
      ),
    );
  } finally {
    await resources.tearDown();
  }
}

async function runElsewhere(
  scope: RunScope,
  surroundings: Parameters<typeof runRemoteAttempt>[1] & {
    readonly execute: ExecuteStep;
    readonly slots: PoolSlots;
  },
): Promise<StepsOutcome> {
  const leaving = new Set<Promise<void>>();
  const { machine, slots } = surroundings;
  const outcome = await runSteps(scope, machine, slots, (ready, controller) => {
    const { outcome: known, gone } = runRemoteAttempt(scope, surroundings, ready, controller);
    leaving.add(gone);
    void gone.then(() => leaving.delete(gone));
    return known;
  });
  // The last ones tear down their resources, which belongs to the run.
  await Promise.all(leaving);
  return outcome;
}
