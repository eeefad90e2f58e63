import { copyKey, parseStepKey } from "@millrace/model/steps/step-key";

/** The types of events that a summary of steps is made from. */
export const STEP_EVENT_TYPES = [
  "STEP_START",
  "STEP_RESTARTED",
  "STEP_WAITING",
  "STEP_RESUMED",
  "STEP_UP_FOR_RETRY",
  "STEP_SUCCESS",
  "STEP_FAILURE",
  "STEP_SKIPPED",
] as const;

/** What became of a step; `waiting`: its code wants to go on later; `abandoned`: it had started, and the run ended without it. */
export const STEP_STATES = [
  "pending",
  "running",
  "success",
  "failure",
  "skipped",
  "waiting",
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
  /** When a step that waits goes on; null: it does not wait. */
  readonly waitingUntil: Date | null;
  readonly attempts: number;
  /** An ErrorInfo, see @millrace/model/run-event. */
  readonly error: unknown;
  /** What a `Failure` said beside its message; null: the step has not failed, or nothing. */
  readonly failureMetadata: unknown;
}

/** A step that the definitions have. */
export interface DefinedStep {
  readonly key: string;
  readonly upstream: readonly string[];
}

/** An event of a step, in stored order. */
export interface StepEvent {
  readonly type: (typeof STEP_EVENT_TYPES)[number];
  readonly stepKey: string;
  readonly timestamp: Date;
  readonly error: unknown;
  /** Of a failure; null for others. */
  readonly metadata: unknown;
  /** Of a step that begins to wait, in milliseconds since the epoch; null for others. */
  readonly until: number | null;
}

/**
 * Folds the events of steps into one row a step: planned ones in their order, a mapped one as its copies once there are any, then
 * those that only the events know.
 *
 * @param runEnded when nothing more is expected of the run: what it has not run counts as skipped then.
 */
export function summarizeSteps(
  planned: readonly DefinedStep[],
  events: Iterable<StepEvent>,
  runEnded: boolean,
): StepSummary[] {
  const steps = new Map<string, StepSummary>(
    planned.map((step) => [step.key, pending(step.key, step.upstream)]),
  );
  for (const event of events) {
    const key = rowKey(event.stepKey);
    steps.set(key, apply(steps.get(key) ?? pending(key, []), event));
  }
  const rows = replaceByCopies(planned, steps);
  return runEnded
    ? rows.map((step) => ({ ...step, state: stateAtEnd(step.state), waitingUntil: null }))
    : rows;
}

/** A mapped step that was skipped before there were copies is that step. */
function rowKey(stepKey: string): string {
  const parsed = parseStepKey(stepKey);
  return parsed.mappingKey === "?" ? parsed.stepKey : stepKey;
}

function replaceByCopies(
  planned: readonly DefinedStep[],
  steps: ReadonlyMap<string, StepSummary>,
): StepSummary[] {
  const copies = Map.groupBy(
    [...steps.values()].filter(({ key }) => parseStepKey(key).mappingKey !== null),
    ({ key }) => parseStepKey(key).stepKey,
  );
  if (copies.size === 0) return [...steps.values()];
  const upstreamOf = new Map(planned.map(({ key, upstream }) => [key, upstream]));
  const rows = new Set([...steps.values()].flatMap((step) => copies.get(step.key) ?? [step]));
  return [...rows].map((step) => {
    const { stepKey, mappingKey } = parseStepKey(step.key);
    const upstream = (upstreamOf.get(stepKey) ?? []).flatMap((key) => {
      const own = copyKey(key, mappingKey ?? "");
      return steps.has(own) ? [own] : (copies.get(key)?.map((copy) => copy.key) ?? [key]);
    });
    return { ...step, upstream };
  });
}

function pending(key: string, upstream: readonly string[]): StepSummary {
  const never = { startedAt: null, endedAt: null, waitingUntil: null };
  return { key, state: "pending", upstream, ...never, attempts: 0, error: null, failureMetadata: null };
}

function apply(before: StepSummary, event: StepEvent): StepSummary {
  const step = { ...before, waitingUntil: null };
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
    case "STEP_WAITING":
      return { ...step, state: "waiting", waitingUntil: event.until === null ? null : new Date(event.until) };
    case "STEP_RESUMED":
      return { ...step, state: "running" };
    case "STEP_UP_FOR_RETRY":
      return { ...step, state: "retrying", error: event.error };
    case "STEP_SUCCESS":
      return { ...step, state: "success", endedAt: event.timestamp, error: null, failureMetadata: null };
    case "STEP_FAILURE":
      return wasInterrupted(event.error)
        ? { ...step, state: "abandoned", endedAt: event.timestamp }
        : {
            ...step,
            state: "failure",
            endedAt: event.timestamp,
            error: event.error,
            failureMetadata: event.metadata,
          };
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
  return state === "running" || state === "waiting" || state === "retrying" ? "abandoned" : state;
}
