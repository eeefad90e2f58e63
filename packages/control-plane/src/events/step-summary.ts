/** The types of events that a summary of steps is made from. */
export const STEP_EVENT_TYPES = [
  "STEP_START",
  "STEP_RESTARTED",
  "STEP_UP_FOR_RETRY",
  "STEP_SUCCESS",
  "STEP_FAILURE",
  "STEP_SKIPPED",
] as const;

/** What became of a step; `abandoned`: it had started, and the run ended without it. */
export const STEP_STATES = [
  "pending",
  "running",
  "success",
  "failure",
  "skipped",
  "retrying",
  "abandoned",
] as const;
export type StepState = (typeof STEP_STATES)[number];

/** One step of a run: what the waterfall draws. */
export interface StepSummary {
  readonly key: string;
  readonly state: StepState;
  readonly upstream: readonly string[];
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly attempts: number;
  /** An ErrorInfo, see @millrace/model/run-event. */
  readonly error: unknown;
}

/** A step that the definitions have. */
export interface PlannedStep {
  readonly key: string;
  readonly upstream: readonly string[];
}

/** An event of a step, in stored order. */
export interface StepEvent {
  readonly type: (typeof STEP_EVENT_TYPES)[number];
  readonly stepKey: string;
  readonly timestamp: Date;
  readonly error: unknown;
}

/**
 * Folds the events of steps into one row a step: planned ones in their order, then those that only the events know (mapped ones).
 *
 * @param runEnded when nothing more is expected of the run: what it has not run counts as skipped then.
 */
export function summarizeSteps(
  planned: readonly PlannedStep[],
  events: Iterable<StepEvent>,
  runEnded: boolean,
): StepSummary[] {
  const steps = new Map<string, StepSummary>(
    planned.map((step) => [step.key, pending(step.key, step.upstream)]),
  );
  for (const event of events) {
    steps.set(event.stepKey, apply(steps.get(event.stepKey) ?? pending(event.stepKey, []), event));
  }
  return [...steps.values()].map((step) => (runEnded ? { ...step, state: stateAtEnd(step.state) } : step));
}

function pending(key: string, upstream: readonly string[]): StepSummary {
  return { key, state: "pending", upstream, startedAt: null, endedAt: null, attempts: 0, error: null };
}

function apply(step: StepSummary, event: StepEvent): StepSummary {
  switch (event.type) {
    case "STEP_START":
    case "STEP_RESTARTED":
      return {
        ...step,
        state: "running",
        startedAt: step.startedAt ?? event.timestamp,
        endedAt: null,
        attempts: step.attempts + 1,
      };
    case "STEP_UP_FOR_RETRY":
      return { ...step, state: "retrying", error: event.error };
    case "STEP_SUCCESS":
      return { ...step, state: "success", endedAt: event.timestamp, error: null };
    case "STEP_FAILURE":
      return wasInterrupted(event.error)
        ? { ...step, state: "abandoned", endedAt: event.timestamp }
        : { ...step, state: "failure", endedAt: event.timestamp, error: event.error };
    case "STEP_SKIPPED":
      return { ...step, state: "skipped", endedAt: event.timestamp };
  }
}

/** A step that stopped because its run was canceled did nothing wrong. */
function wasInterrupted(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "step_interrupted";
}

function stateAtEnd(state: StepState): StepState {
  if (state === "pending") return "skipped";
  return state === "running" || state === "retrying" ? "abandoned" : state;
}
