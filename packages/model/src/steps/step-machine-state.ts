import type { PriorityQueue } from "./priority-queue.ts";
import type { GraphStep, StepGraph } from "./step-graph.ts";
import type { StepSlots } from "./step-slots.ts";

/**
 * Where a step stands. `waiting`: its code gave up its place, and is called again later, as the same attempt. `abandoned`: something it depends on failed, so it never starts. `expanded` only stands for a
 * mapped step whose copies are known: the copies stand in its place.
 */
export const STEP_NODE_STATES = [
  "pending",
  "ready",
  "running",
  "waiting",
  "waiting_to_retry",
  "success",
  "failure",
  "skipped",
  "abandoned",
  "expanded",
] as const;
export type StepNodeState = (typeof STEP_NODE_STATES)[number];

/** What a step emitted: mapping keys for a dynamic output, null for any other. By the output's name. */
export type EmittedOutputs = Map<string, Set<string> | null>;

/** One step, or one copy of a mapped step, or a mapped step before its mapping keys are known. Mutable. */
export interface StepNode {
  readonly key: string;
  readonly step: GraphStep;
  readonly mappingKey: string | null;
  /** Place among the copies of the step. */
  readonly copyIndex: number;
  readonly priority: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Not part of this run: its outputs exist from an earlier one. */
  readonly external: boolean;
  state: StepNodeState;
  /** Attempts started so far. */
  attempts: number;
  /** Milliseconds since the epoch; only counts while waiting, also to retry. */
  dueAt: number;
  /** Its attempt has begun before, and goes on after a wait. */
  goesOn: boolean;
  /** Was ready, and is held back by the executor until it lets it through. */
  held: boolean;
  /** Inputs and other dependencies that are not decided yet. */
  waitingFor: number;
  /** Null for an external step of which nothing is known: everything it could emit is taken to be there. */
  outputs: EmittedOutputs | null;
  edges: StepEdge[];
}

/** Sources that are decided together: those of one input, or everything in `after`. */
export interface EdgeGroup {
  readonly consumer: StepNode;
  readonly skipsWhenMissing: boolean;
  remaining: number;
  available: number;
  missing: number;
}

/** A step waits for an output of another; `outputName` null: for its end only. */
export interface StepEdge {
  readonly group: EdgeGroup;
  readonly outputName: string | null;
}

/** What happened to a step without its doing: a step below it was skipped or failed. */
export interface StepChange {
  readonly stepKey: string;
  readonly state: "skipped" | "abandoned";
}

/** The steps of one run and where each stands. Only the functions of this folder change it. */
export interface StepMachine {
  readonly graph: StepGraph;
  /** All steps of the run by key, copies under their own keys, in the order of their creation. */
  readonly nodes: Map<string, StepNode>;
  readonly externalNodes: Map<string, StepNode>;
  /** Mapped steps that belong to the run, by the key of the step whose dynamic output they are copied for. */
  readonly mappedSteps: ReadonlyMap<string, readonly StepNode[]>;
  /** For a mapped step of which only some copies belong to the run: their mapping keys. */
  readonly chosenCopies: ReadonlyMap<string, ReadonlySet<string>>;
  readonly known: ReadonlyMap<string, EmittedOutputs>;
  readonly startOnOutputs: boolean;
  readonly ready: PriorityQueue<StepNode>;
  /** Steps that wait, first those that are due first. */
  readonly delayed: PriorityQueue<StepNode>;
  readonly slots: StepSlots<StepNode>;
  /** Changes that nobody has taken yet. */
  changes: StepChange[];
  /** Steps that succeeded or failed, in the order in which they did. */
  readonly finished: StepNode[];
  unfinished: number;
  running: number;
  failed: boolean;
}

/** Steps in the order in which they start: higher priority first, then the order of the graph, then of mapping keys. */
export function startsBefore(a: StepNode, b: StepNode): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.step.order !== b.step.order) return a.step.order < b.step.order;
  return a.copyIndex < b.copyIndex;
}
