import { decideRetry, effectiveRetryPolicy } from "@millrace/model/retry-policy";
import type { ReadyStep } from "@millrace/model/steps/step-machine";
import { toMetadata } from "../../metadata/to-metadata.ts";
import { runAsStep } from "../scope/current-step.ts";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import type { ExecutionPlan, PlannedStep } from "../plan/execution-plan.ts";
import { runHooks } from "./run-hooks.ts";
import { listHooks } from "../plan/planned-hooks.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { emit } from "../scope/emit.ts";
import { runStep, type StepSurroundings } from "./run-step.ts";
import type { Suspension } from "./step-waits.ts";
import { runInStepSpan } from "../../telemetry/run-spans.ts";
import { attemptFailureOf, failureMetadataOf } from "../scope/step-failures.ts";

/**
 * How an attempt of a step ended, or came to wait. `retryAt`: when the next one is due, milliseconds since the epoch; null: never.
 * `until`: when this one goes on.
 */
export type AttemptOutcome =
  | { readonly kind: "success" }
  | { readonly kind: "waiting"; readonly until: number }
  | { readonly kind: "failure"; readonly retryAt: number | null };

/** What an attempt in this process works with. */
export interface AttemptSurroundings extends StepSurroundings {
  readonly plan: ExecutionPlan;
  /** Rejects when code throws where nobody catches it, in a process that has only this step. Default: never. */
  readonly crashed?: Promise<never>;
}

/**
 * Runs one attempt of a step in this process, with its hooks, and reports how it ended. Never rejects because of user code. An
 * error that its code throws where nobody catches it fails the attempt and aborts its signal.
 *
 * @param controller Aborted by whoever interrupts the run, and when the step's time is over (`limitAttempt`).
 */
export function runAttempt(
  scope: RunScope,
  surroundings: AttemptSurroundings,
  ready: ReadyStep,
  controller: AbortController,
): Promise<AttemptOutcome> {
  const stray = Promise.withResolvers<never>();
  stray.promise.catch(() => {}); // Most attempts are over before.
  let ended: AttemptOutcome["kind"] | null = null;
  const onStray = (error: unknown): "taken" | "refused" => {
    // What a failed attempt leaves behind is left alone, as is one that waits; a step that has succeeded can't fail any more.
    if (ended !== null) return ended === "success" ? "refused" : "taken";
    stray.reject(error);
    controller.abort(error);
    return "taken";
  };
  const attempt = async (): Promise<AttemptOutcome> => {
    const outcome = await attemptStep(scope, surroundings, ready, controller, stray.promise);
    ended = outcome.kind;
    return outcome;
  };
  return runAsStep(ready.stepKey, attempt, onStray);
}

async function attemptStep(
  scope: RunScope,
  surroundings: AttemptSurroundings,
  ready: ReadyStep,
  controller: AbortController,
  stray: Promise<never>,
): Promise<AttemptOutcome> {
  const { plan, resources, crashed } = surroundings;
  const planned = getPlannedStep(plan, ready);
  const hooks = listHooks(plan.job, planned);
  let suspension: Suspension | null;
  try {
    suspension = await runInStepSpan(scope.run, planned, ready, () => {
      const step = runStep(scope, surroundings, planned, ready, controller);
      return Promise.race([step, stray, ...(crashed ? [crashed] : [])]);
    });
  } catch (error) {
    const outcome = reportFailure(scope, plan, ready, error);
    if (outcome.retryAt === null)
      await runHooks(scope, hooks, planned, ready, resources, { on: "failure", error });
    return outcome;
  }
  if (suspension !== null) return reportWait(scope, ready, suspension);
  await runHooks(scope, hooks, planned, ready, resources, { on: "success" });
  return { kind: "success" };
}

function reportWait(scope: RunScope, { stepKey }: ReadyStep, { until, waits }: Suspension): AttemptOutcome {
  const message = `Step ${stepKey} waits until ${new Date(until).toISOString()}`;
  emit(scope, { type: "STEP_WAITING", stepKey, until, waits, message });
  return { kind: "waiting", until };
}

/** Reports a failed attempt and decides whether and when the next one is due. */
export function reportFailure(
  scope: RunScope,
  plan: ExecutionPlan,
  ready: ReadyStep,
  error: unknown,
): AttemptOutcome & { readonly kind: "failure" } {
  const { stepKey, attempt } = ready;
  const planned = getPlannedStep(plan, ready);
  const policy =
    effectiveRetryPolicy(planned.retryPolicy, plan.job?.retryPolicy) ??
    planned.computation.fallbackRetryPolicy;
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
    return { kind: "failure", retryAt: scope.clock.now() + delaySeconds * 1000 };
  }
  const metadata = toMetadata(failureMetadataOf(error));
  emit(scope, {
    type: "STEP_FAILURE",
    stepKey,
    error: info,
    metadata,
    message: `Step ${stepKey} failed: ${info.message}`,
  });
  return { kind: "failure", retryAt: null };
}

/** Seconds that an attempt of the step may take; null: any time. */
export function timeLimitOf(plan: ExecutionPlan, ready: ReadyStep): number | null {
  return getPlannedStep(plan, ready).computation.timeoutSeconds;
}

/** The step of the plan that is to run. */
export function getPlannedStep(plan: ExecutionPlan, ready: ReadyStep): PlannedStep {
  const planned = plan.steps.get(ready.graphKey);
  if (!planned) throw new Error(`Step "${ready.graphKey}" is not in the plan`);
  return planned;
}
