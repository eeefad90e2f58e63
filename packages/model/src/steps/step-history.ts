import type { StepResult } from "./re-execution.ts";
import type { StepGraph } from "./step-graph.ts";
import { parseStepKey } from "./step-key.ts";
import { isBlank, NO_MEMORY, remember, type StepMemory, type StepMemoryEvent } from "./step-memory.ts";
import type { KnownOutputs, StepOutputs, StepsSnapshot } from "./step-snapshot.ts";

/** The types of events that say how the steps of a run went; the others can be left out of what is folded. */
export const STEP_HISTORY_EVENT_TYPES = [
  "STEP_START",
  "STEP_RESTARTED",
  "STEP_UP_FOR_RETRY",
  "STEP_STATE",
  "STEP_WAITING",
  "STEP_RESUMED",
  "STEP_OUTPUT",
  "STEP_SUCCESS",
  "STEP_FAILURE",
  "STEP_SKIPPED",
] as const;

/** What of those events counts. `RunEvent`s of these types fit. */
export type StepHistoryEvent =
  | {
      readonly type: "STEP_START" | "STEP_RESTARTED" | "STEP_RESUMED";
      readonly stepKey: string;
      readonly attempt: number;
    }
  | {
      readonly type: "STEP_UP_FOR_RETRY";
      readonly stepKey: string;
      /** When the attempt failed, in milliseconds since the epoch. */
      readonly timestamp: number;
      readonly delaySeconds: number;
    }
  | {
      readonly type: "STEP_OUTPUT";
      readonly stepKey: string;
      readonly outputName: string;
      readonly mappingKey: string | null;
    }
  | Extract<StepMemoryEvent, { readonly type: "STEP_STATE" }>
  | (Extract<StepMemoryEvent, { readonly type: "STEP_WAITING" }> & {
      /** In milliseconds since the epoch. */
      readonly until: number;
    })
  | { readonly type: "STEP_SUCCESS" | "STEP_FAILURE" | "STEP_SKIPPED"; readonly stepKey: string };

/** What the events of a run say about one of its steps, or one copy of a mapped step. */
export interface StepRecord {
  /**
   * `started`: its end was never reported. `waiting`: its code waits, and its attempt then goes on. `waiting_to_retry`: an attempt has
   * failed and another one is due.
   */
  readonly state: StepResult | "waiting" | "waiting_to_retry";
  readonly attempts: number;
  /** Milliseconds since the epoch; null unless it waits, also to retry. */
  readonly dueAt: number | null;
  /** What its last attempt emitted. */
  readonly outputs: StepOutputs;
  /** What its code has kept for its next attempt. */
  readonly memory: StepMemory;
}

/** How the steps of a run went so far. Steps that never started are absent. */
export interface StepHistory {
  /** By step key, copies under their own. */
  readonly steps: ReadonlyMap<string, StepRecord>;
  /** Keys of the steps that succeeded or failed, in the order in which they did. */
  readonly finished: readonly string[];
}

/** Folds the events of a run's steps, of all its attempts, in the order in which they were stored. */
export function foldStepEvents(events: Iterable<StepHistoryEvent>): StepHistory {
  const steps = new Map<string, StepInProgress>();
  const finished: string[] = [];
  for (const event of events) {
    const { stepKey } = event;
    let step = steps.get(stepKey);
    if (!step) steps.set(stepKey, (step = newStep()));
    apply(step, event);
    if (event.type === "STEP_SUCCESS" || event.type === "STEP_FAILURE") finished.push(stepKey);
  }
  return { steps, finished };
}

function newStep(): StepInProgress {
  return { state: "started", attempts: 0, dueAt: null, outputs: {}, memory: NO_MEMORY };
}

/** A record while it is folded: a dynamic output may have very many mapping keys, so nothing is copied. */
interface StepInProgress {
  state: StepRecord["state"];
  attempts: number;
  dueAt: number | null;
  outputs: Record<string, string[] | null>;
  memory: StepMemory;
}

function apply(step: StepInProgress, event: StepHistoryEvent): void {
  switch (event.type) {
    case "STEP_START":
    case "STEP_RESTARTED":
    case "STEP_RESUMED":
      step.state = "started";
      step.attempts = event.attempt;
      step.dueAt = null;
      step.outputs = {};
      return;
    case "STEP_UP_FOR_RETRY":
      step.state = "waiting_to_retry";
      step.dueAt = event.timestamp + event.delaySeconds * 1000;
      step.memory = remember(step.memory, event);
      return;
    case "STEP_WAITING":
      step.state = "waiting";
      step.dueAt = event.until;
      step.memory = remember(step.memory, event);
      return;
    case "STEP_STATE":
      step.memory = remember(step.memory, event);
      return;
    case "STEP_OUTPUT":
      if (event.mappingKey === null) step.outputs[event.outputName] = null;
      else (step.outputs[event.outputName] ??= []).push(event.mappingKey);
      return;
    case "STEP_SUCCESS":
      step.state = "success";
      return;
    case "STEP_FAILURE":
      step.state = "failure";
      return;
    case "STEP_SKIPPED":
      step.state = "skipped";
  }
}

/** The results of the steps, for planning a re-execution. */
export function listStepResults(history: StepHistory): Map<string, StepResult> {
  return new Map(
    [...history.steps].map(([key, { state }]) => [
      key,
      state === "waiting" || state === "waiting_to_retry" ? "started" : state,
    ]),
  );
}

/**
 * What the successful steps of a run emitted: the later runs' `knownOutputs`. Skipped steps emitted nothing.
 *
 * @param graph Says which outputs are dynamic: one without any mapping key leaves no event.
 */
export function listKnownOutputs(graph: StepGraph, history: StepHistory): KnownOutputs {
  const known: Record<string, StepOutputs> = {};
  for (const [key, { state, outputs }] of history.steps) {
    if (state === "skipped") known[key] = {};
    if (state !== "success") continue;
    const dynamic = graph.steps.get(parseStepKey(key).stepKey)?.outputs.filter((output) => output.dynamic);
    known[key] = { ...Object.fromEntries((dynamic ?? []).map((output) => [output.name, []])), ...outputs };
  }
  return known;
}

/** Where the steps of a run stand, for a further attempt of the same run. */
export function toStepsSnapshot(history: StepHistory): StepsSnapshot {
  return {
    finished: history.finished.flatMap((stepKey) => {
      const step = history.steps.get(stepKey);
      if (step?.state !== "success" && step?.state !== "failure") return [];
      const { state, attempts, outputs } = step;
      return [{ stepKey, state, attempts, outputs }];
    }),
    started: [...history.steps].flatMap(([stepKey, { state, attempts, dueAt, memory }]) => {
      if (state !== "started" && state !== "waiting" && state !== "waiting_to_retry") return [];
      const waitsUntil = state === "waiting" ? dueAt : null;
      return [
        {
          stepKey,
          attempts,
          retryAt: waitsUntil === null ? dueAt : null,
          ...(waitsUntil === null ? {} : { waitsUntil }),
          ...(isBlank(memory) ? {} : { memory }),
        },
      ];
    }),
  };
}
