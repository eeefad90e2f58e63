import { onAbort } from "@millrace/model/waiting/on-abort";
import { within } from "@millrace/model/waiting/within";
import {
  countRunning,
  hasFailed,
  holdBack,
  isDone,
  letThrough,
  listStepStates,
  nextDueAt,
  onFailed,
  onlyWaits,
  onSucceeded,
  onWaiting,
  takeChanges,
  takeReady,
  type ReadyStep,
} from "@millrace/model/steps/step-machine";
import type { StepMachine } from "@millrace/model/steps/step-machine-state";
import { WORTH_GIVING_UP_MS } from "../step/step-waits.ts";
import type { AttemptOutcome } from "../step/run-attempt.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { emit } from "../scope/emit.ts";
import type { PoolSlots } from "./pool-slots.ts";
import { StepInterrupted } from "../scope/step-failures.ts";

/** How much of a step's wait may be over when the run looks at it, so that a wait of just ten seconds counts as one. */
const SINCE_STEP_WAITED_MS = 1_000;

/** How the steps of a run went. */
export type StepsOutcome =
  | { readonly kind: "success" | "interrupted" }
  /** All that is left waits, until the first goes on, in milliseconds since the epoch. */
  | { readonly kind: "suspended"; readonly until: number }
  | { readonly kind: "failure"; readonly failedSteps: readonly string[] };

/**
 * Runs the steps of a machine, as many at once as it and the pools of the steps let start, until all are over or the run is
 * interrupted, or nothing can happen for a while. A step that waits for a slot of its pool takes up nothing else.
 *
 * @param runAttempt Runs one attempt of a step, wherever that is; never rejects because of user code. The controller is
 *   aborted when the run is interrupted.
 */
export async function runSteps(
  scope: RunScope,
  machine: StepMachine,
  slots: PoolSlots,
  runAttempt: (ready: ReadyStep, controller: AbortController) => Promise<AttemptOutcome>,
): Promise<StepsOutcome> {
  const controllers = new Set<AbortController>();
  let bug: { readonly error: unknown } | null = null;
  let wake = Promise.withResolvers<void>();

  const attempt = async (ready: ReadyStep): Promise<void> => {
    const controller = new AbortController();
    controllers.add(controller);
    if (scope.signal.aborted) controller.abort(new StepInterrupted());
    try {
      const outcome = await runAttempt(ready, controller);
      if (outcome.kind === "success") onSucceeded(machine, ready.stepKey);
      else if (outcome.kind === "waiting") onWaiting(machine, ready.stepKey, outcome.until);
      else onFailed(machine, ready.stepKey, outcome.retryAt);
    } finally {
      controllers.delete(controller);
      slots.free(ready);
    }
  };
  const waitForSlot = async (ready: ReadyStep): Promise<void> => {
    holdBack(machine, ready.stepKey);
    await slots.claim(ready);
    if (!scope.signal.aborted) letThrough(machine, ready.stepKey);
  };
  const take = (): ReadyStep[] => takeReady(machine, scope.clock.now());
  const listening = onAbort(scope.signal, () => {
    for (const controller of controllers) controller.abort(new StepInterrupted());
    wake.resolve();
  });

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
        // Steps that wait for slots of their pools leave room for others.
        for (let taken = take(); taken.length > 0; taken = take()) {
          for (const ready of taken)
            (slots.mayStart(ready) ? attempt(ready) : waitForSlot(ready))
              .catch((error: unknown) => (bug ??= { error }))
              .finally(() => wake.resolve());
        }
      }
      if (bug !== null) throw (bug as { readonly error: unknown }).error;
      if (isDone(machine) || (scope.signal.aborted && countRunning(machine) === 0)) break;
      const dueAt = scope.signal.aborted ? null : nextDueAt(machine);
      if (dueAt !== null && isWorthSuspending(scope, machine, dueAt))
        return { kind: "suspended", until: dueAt };
      await (dueAt === null ? wake.promise : untilDue(scope, machine, wake.promise, dueAt));
      wake = Promise.withResolvers<void>();
    }
  } finally {
    listening[Symbol.dispose]();
  }
  if (scope.signal.aborted) return { kind: "interrupted" };
  if (!hasFailed(machine)) return { kind: "success" };
  const failed = listStepStates(machine).filter((step) => step.state === "failure");
  return { kind: "failure", failedSteps: failed.map((step) => step.stepKey) };
}

function isWorthSuspending({ maySuspend, clock }: RunScope, machine: StepMachine, dueAt: number): boolean {
  return maySuspend && dueAt - clock.now() >= WORTH_GIVING_UP_MS - SINCE_STEP_WAITED_MS && onlyWaits(machine);
}

async function untilDue(
  { clock, letTimePass, signal }: RunScope,
  machine: StepMachine,
  woken: Promise<void>,
  dueAt: number,
): Promise<void> {
  const milliseconds = Math.max(0, dueAt - clock.now());
  await (onlyWaits(machine) ? letTimePass(milliseconds, signal) : within(clock, milliseconds, woken));
}
