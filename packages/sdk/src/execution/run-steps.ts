import { decideRetry, effectiveRetryPolicy } from "@millrace/model/retry-policy";
import {
  countRunning,
  createStepMachine,
  hasFailed,
  isDone,
  listStepStates,
  nextRetryAt,
  onFailed,
  onSucceeded,
  takeChanges,
  takeReady,
  type ReadyStep,
} from "@millrace/model/steps/step-machine";
import { toMetadata } from "../metadata/to-metadata.ts";
import { toErrorInfo } from "./error-info.ts";
import type { ExecutionPlan } from "./execution-plan.ts";
import type { RunConfigs } from "./run-configs.ts";
import { emit, type RunScope } from "./run-scope.ts";
import { listHooks, runHooks } from "./run-hooks.ts";
import { runStep } from "./run-step.ts";
import { attemptFailureOf, failureMetadataOf, StepInterrupted } from "./step-failures.ts";

/** How the steps of a run went. */
export type StepsOutcome =
  | { readonly kind: "success" | "interrupted" }
  | { readonly kind: "failure"; readonly failedSteps: readonly string[] };

/**
 * Runs the steps of a plan in this process, as many at once as allowed, until all are over or the run is interrupted.
 * Never rejects because of user code.
 */
export async function runSteps(
  scope: RunScope,
  plan: ExecutionPlan,
  configs: RunConfigs,
  resources: ReadonlyMap<string, unknown>,
  maxConcurrent: number,
): Promise<StepsOutcome> {
  const { history } = scope.run;
  const machine = createStepMachine(plan.graph, {
    maxConcurrent,
    ...(history ? { knownOutputs: history.knownOutputs } : {}),
    ...(history?.resume ? { resume: history.resume } : {}),
    ...(plan.stepSelection === null ? {} : { selection: plan.stepSelection }),
  });
  const controllers = new Set<AbortController>();
  let bug: { readonly error: unknown } | null = null;
  let wake = Promise.withResolvers<void>();

  const attempt = async (ready: ReadyStep): Promise<void> => {
    const planned = plan.steps.get(ready.graphKey);
    if (!planned) throw new Error(`Step "${ready.graphKey}" is not in the plan`);
    const controller = new AbortController();
    controllers.add(controller);
    if (scope.signal.aborted) controller.abort(new StepInterrupted());
    try {
      let failure: { readonly error: unknown } | null = null;
      try {
        await runStep(scope, machine, planned, ready, configs, resources, controller);
      } catch (error) {
        failure = { error };
      }
      const hooks = listHooks(plan.job, planned);
      if (failure === null) {
        await runHooks(scope, hooks, planned, ready, resources, { on: "success" });
        onSucceeded(machine, ready.stepKey);
        return;
      }
      const policy = effectiveRetryPolicy(planned.retryPolicy, plan.job?.retryPolicy);
      const retryAt = reportFailure(scope, ready, policy, failure.error);
      if (retryAt === null)
        await runHooks(scope, hooks, planned, ready, resources, { on: "failure", ...failure });
      onFailed(machine, ready.stepKey, retryAt);
    } finally {
      controllers.delete(controller);
    }
  };
  const interrupt = (): void => {
    for (const controller of controllers) controller.abort(new StepInterrupted());
    wake.resolve();
  };

  scope.signal.addEventListener("abort", interrupt, { once: true });
  try {
    for (;;) {
      for (const { stepKey, state } of takeChanges(machine)) {
        if (state === "skipped")
          emit(scope, {
            type: "STEP_SKIPPED",
            stepKey,
            message: `Skipped step ${stepKey}: an input is missing`,
          });
      }
      if (!scope.signal.aborted && bug === null) {
        for (const ready of takeReady(machine, scope.clock.now())) {
          attempt(ready)
            .catch((error: unknown) => (bug ??= { error }))
            .finally(() => wake.resolve());
        }
      }
      if (bug !== null) throw (bug as { readonly error: unknown }).error;
      if (isDone(machine) || (scope.signal.aborted && countRunning(machine) === 0)) break;
      const retryAt = scope.signal.aborted ? null : nextRetryAt(machine);
      await (retryAt === null ? wake.promise : wokenOrDue(scope, wake.promise, retryAt));
      wake = Promise.withResolvers<void>();
    }
  } finally {
    scope.signal.removeEventListener("abort", interrupt);
  }
  if (scope.signal.aborted) return { kind: "interrupted" };
  if (!hasFailed(machine)) return { kind: "success" };
  const failed = listStepStates(machine).filter((step) => step.state === "failure");
  return { kind: "failure", failedSteps: failed.map((step) => step.stepKey) };
}

/** Reports a failed attempt and decides when the next one is due: milliseconds since the epoch, or null for never. */
function reportFailure(
  scope: RunScope,
  ready: ReadyStep,
  policy: ReturnType<typeof effectiveRetryPolicy>,
  error: unknown,
): number | null {
  const { stepKey, attempt } = ready;
  const info = toErrorInfo(error);
  const decision = scope.signal.aborted
    ? { retry: false as const }
    : decideRetry(policy, attemptFailureOf(error), attempt - 1, scope.random);
  if (decision.retry) {
    const { delaySeconds } = decision;
    emit(scope, {
      type: "STEP_UP_FOR_RETRY",
      stepKey,
      error: info,
      delaySeconds,
      attempt,
      message: `Attempt ${attempt} of step ${stepKey} failed, next one in ${Math.round(delaySeconds * 10) / 10} s: ${info.message}`,
    });
    return scope.clock.now() + delaySeconds * 1000;
  }
  const metadata = toMetadata(failureMetadataOf(error));
  emit(scope, {
    type: "STEP_FAILURE",
    stepKey,
    error: info,
    metadata,
    message: `Step ${stepKey} failed: ${info.message}`,
  });
  return null;
}

async function wokenOrDue(scope: RunScope, woken: Promise<void>, dueAt: number): Promise<void> {
  const timer = new AbortController();
  try {
    await Promise.race([woken, scope.clock.sleep(Math.max(0, dueAt - scope.clock.now()), timer.signal)]);
  } finally {
    timer.abort();
  }
}
