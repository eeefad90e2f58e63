import { ExpectedError } from "../expected-error.ts";
import { createPriorityQueue } from "./priority-queue.ts";
import { addMappedStep, addStep, hasEmitted, releaseOutput, settleStep } from "./step-edges.ts";
import { isDynamic, type StepGraph } from "./step-graph.ts";
import { parseStepKey } from "./step-key.ts";
import {
  startsBefore,
  type StepChange,
  type StepMachine,
  type StepNode,
  type StepNodeState,
} from "./step-machine-state.ts";
import { outputsFromJson, restoreSteps, type KnownOutputs, type StepsSnapshot } from "./step-snapshot.ts";
import { createStepSlots, type StepLimits } from "./step-slots.ts";

/** What a run's steps are told at its start. */
export interface StepMachineOptions extends StepLimits {
  /** The steps of the run: steps, single copies (`work[x]`) or all copies (`work[?]`, `work`). Default: the whole graph. */
  readonly selection?: Iterable<string>;
  /**
   * What steps outside the selection emitted in earlier runs, by step key. A step that is missing here is taken to have
   * emitted all its outputs; the mapping keys of a dynamic output can not be guessed.
   */
  readonly knownOutputs?: KnownOutputs;
  /** A step may start as soon as its inputs exist, even while the steps that emitted them run. Default: false. */
  readonly startOnOutputs?: boolean;
  /** Where an earlier worker of the same run stopped: its finished steps are not run again. */
  readonly resume?: StepsSnapshot;
}

/** A step that is to be started now. */
export interface ReadyStep {
  readonly stepKey: string;
  /** The step in the graph, which differs from `stepKey` for copies. */
  readonly graphKey: string;
  readonly mappingKey: string | null;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The attempt has begun before, and goes on after a wait: its code is called once more. */
  readonly goesOn: boolean;
}

/** A step emitted what it did not declare, or emitted it twice. The message says which output. */
export class InvalidStepOutput extends ExpectedError {
  readonly code = "invalid_step_output";
}

/**
 * Creates the state machine of one run's steps: it says what may start and is told what happened. It knows no clock, no
 * executor and no values. A run of n steps costs O(n log n) in all, however it goes.
 *
 * @throws UnknownMappingKeys when the selection needs mapping keys that `knownOutputs` does not have.
 */
export function createStepMachine(graph: StepGraph, options: StepMachineOptions = {}): StepMachine {
  const selection = options.selection === undefined ? null : parseSelection(options.selection);
  const ready = createPriorityQueue(startsBefore);
  const mappedSteps = new Map<string, StepNode[]>();
  const machine: StepMachine = {
    graph,
    nodes: new Map(),
    externalNodes: new Map(),
    mappedSteps,
    chosenCopies: selection?.copies ?? new Map(),
    known: new Map(
      Object.entries(options.knownOutputs ?? {}).map(([key, outputs]) => [key, outputsFromJson(outputs)]),
    ),
    startOnOutputs: options.startOnOutputs ?? false,
    ready,
    delayed: createPriorityQueue<StepNode>((a, b) => a.dueAt < b.dueAt),
    slots: createStepSlots(options, startsBefore, (node: StepNode) => ready.push(node)),
    changes: [],
    finished: [],
    unfinished: 0,
    running: 0,
    failed: false,
  };
  for (const step of graph.steps.values()) {
    if (selection && !selection.steps.has(step.key) && !selection.copies.has(step.key)) continue;
    if (step.mappedOver === null) {
      addStep(machine, step, null, 0);
    } else {
      const mapped = addMappedStep(machine, step, step.mappedOver);
      const siblings = mappedSteps.get(step.mappedOver.stepKey);
      if (siblings) siblings.push(mapped);
      else mappedSteps.set(step.mappedOver.stepKey, [mapped]);
    }
  }
  if (options.resume) restoreSteps(machine, options.resume);
  return machine;
}

/**
 * Takes the steps that may start now, first things first; they count as running from here on.
 *
 * @param now Milliseconds since the epoch: steps whose wait is over join.
 */
export function takeReady(machine: StepMachine, now: number): ReadyStep[] {
  for (let due = machine.delayed.peek(); due && due.dueAt <= now; due = machine.delayed.peek()) {
    machine.delayed.pop();
    due.state = "ready";
    machine.ready.push(due);
  }
  const taken: ReadyStep[] = [];
  while (machine.slots.hasRoom()) {
    const node = machine.ready.pop();
    if (!node) break;
    if (node.state !== "ready" || node.held || !machine.slots.take(node)) continue;
    node.state = "running";
    node.attempts++;
    machine.running++;
    taken.push({
      stepKey: node.key,
      graphKey: node.step.key,
      mappingKey: node.mappingKey,
      attempt: node.attempts,
      goesOn: node.goesOn,
    });
  }
  return taken;
}

/** Gives back a step that was taken but can not start yet, as its pool has no slot: it waits without using any slot. */
export function holdBack(machine: StepMachine, stepKey: string): void {
  const node = getRunning(machine, stepKey);
  leaveSlots(machine, node);
  node.state = "ready";
  node.attempts--;
  node.held = true;
}

/** Lets a step that was held back be taken again. */
export function letThrough(machine: StepMachine, stepKey: string): void {
  const node = machine.nodes.get(stepKey);
  if (!node?.held) throw new Error(`Step "${stepKey}" is not held back`);
  node.held = false;
  machine.ready.push(node);
}

/**
 * A running step emitted an output.
 *
 * @param mappingKey For a dynamic output only.
 * @throws InvalidStepOutput when the output is not declared, or was emitted already.
 */
export function onOutput(
  machine: StepMachine,
  stepKey: string,
  outputName: string,
  mappingKey: string | null = null,
): void {
  const node = getRunning(machine, stepKey);
  if (!node.step.outputs.some((output) => output.name === outputName))
    throw new InvalidStepOutput(`Step "${stepKey}" has no output "${outputName}"`);
  if (isDynamic(node.step, outputName) !== (mappingKey !== null))
    throw new InvalidStepOutput(
      mappingKey === null
        ? `Output "${outputName}" of step "${stepKey}" is dynamic: every value needs a mapping key`
        : `Output "${outputName}" of step "${stepKey}" is not dynamic, so it takes no mapping key`,
    );
  const outputs = (node.outputs ??= new Map());
  const emitted = outputs.get(outputName);
  // With `startOnOutputs` what an earlier attempt emitted stays, as others may have used it.
  const again = machine.startOnOutputs && node.attempts > 1;
  if (mappingKey === null) {
    if (emitted !== undefined && !again)
      throw new InvalidStepOutput(`Step "${stepKey}" emitted its output "${outputName}" twice`);
    outputs.set(outputName, null);
    if (machine.startOnOutputs) releaseOutput(machine, node, outputName);
  } else if (!emitted) {
    outputs.set(outputName, new Set([mappingKey]));
  } else if (!emitted.has(mappingKey)) {
    emitted.add(mappingKey);
  } else if (!again) {
    throw new InvalidStepOutput(
      `Step "${stepKey}" emitted mapping key "${mappingKey}" of "${outputName}" twice`,
    );
  }
}

/** Names of the required outputs that a running step has not emitted yet: with any left it must not succeed. */
export function missingOutputs(machine: StepMachine, stepKey: string): string[] {
  const node = getRunning(machine, stepKey);
  return node.step.outputs
    .filter(
      (output) => output.required !== false && output.dynamic !== true && !hasEmitted(node, output.name),
    )
    .map((output) => output.name);
}

/** A running step has succeeded: what waits for it may start, or is skipped where an output is missing. */
export function onSucceeded(machine: StepMachine, stepKey: string): void {
  const node = getRunning(machine, stepKey);
  leaveSlots(machine, node);
  machine.finished.push(node);
  settleStep(machine, node, "success");
}

/**
 * A running step has failed.
 *
 * @param retryAt Milliseconds since the epoch at which to try again; null: the failure is final, and every step below is
 *   abandoned. Steps beside it go on.
 */
export function onFailed(machine: StepMachine, stepKey: string, retryAt: number | null): void {
  const node = getRunning(machine, stepKey);
  leaveSlots(machine, node);
  if (retryAt === null) {
    machine.finished.push(node);
    settleStep(machine, node, "failure");
    return;
  }
  node.goesOn = false;
  delay(machine, node, "waiting_to_retry", retryAt);
}

/**
 * A running step waits: it uses no slot until then, and its attempt goes on, from the beginning of its code.
 *
 * @param until Milliseconds since the epoch.
 */
export function onWaiting(machine: StepMachine, stepKey: string, until: number): void {
  const node = getRunning(machine, stepKey);
  leaveSlots(machine, node);
  node.attempts--;
  node.goesOn = true;
  delay(machine, node, "waiting", until);
}

/** Steps that were skipped or abandoned since the last call: consequences of what the machine was told. */
export function takeChanges(machine: StepMachine): StepChange[] {
  const changes = machine.changes;
  machine.changes = [];
  return changes;
}

/** When the next step that waits, also to be retried, may go on, in milliseconds since the epoch; null: none waits. */
export function nextDueAt(machine: StepMachine): number | null {
  return machine.delayed.peek()?.dueAt ?? null;
}

/**
 * Whether nothing can happen before a wait of the steps' own is over: none runs, may start, or is to be retried. Takes time for each
 * step of the run; to be asked when all that may start has been taken.
 */
export function onlyWaits(machine: StepMachine): boolean {
  if (machine.running > 0 || machine.delayed.size === 0) return false;
  return [...machine.nodes.values()].every(({ state }) => state !== "ready" && state !== "waiting_to_retry");
}

/** Whether every step is over. */
export function isDone(machine: StepMachine): boolean {
  return machine.unfinished === 0;
}

/** Whether a step has failed for good so far: then the run fails in the end. */
export function hasFailed(machine: StepMachine): boolean {
  return machine.failed;
}

/** How many steps run now. */
export function countRunning(machine: StepMachine): number {
  return machine.running;
}

/** Where a step or copy stands; null when the run has no such step (or not yet such a copy). */
export function findStepState(machine: StepMachine, stepKey: string): StepNodeState | null {
  return machine.nodes.get(stepKey)?.state ?? null;
}

/** Every step of the run with its state, in order; mapped steps whose copies are not known yet as `work[?]`. */
export function listStepStates(
  machine: StepMachine,
): { readonly stepKey: string; readonly state: StepNodeState }[] {
  return [...machine.nodes.values()]
    .filter((node) => node.state !== "expanded")
    .map((node) => ({ stepKey: node.key, state: node.state }));
}

function getRunning(machine: StepMachine, stepKey: string): StepNode {
  const node = machine.nodes.get(stepKey);
  if (node?.state !== "running")
    throw new Error(
      `Step "${stepKey}" does not run: ${node ? `it is ${node.state}` : "the run has no such step"}`,
    );
  return node;
}

function delay(
  machine: StepMachine,
  node: StepNode,
  state: "waiting" | "waiting_to_retry",
  dueAt: number,
): void {
  if (!machine.startOnOutputs) node.outputs = new Map();
  node.state = state;
  node.dueAt = dueAt;
  machine.delayed.push(node);
}

function leaveSlots(machine: StepMachine, node: StepNode): void {
  machine.running--;
  machine.slots.giveBack(node);
}

function parseSelection(selection: Iterable<string>): {
  readonly steps: ReadonlySet<string>;
  readonly copies: ReadonlyMap<string, ReadonlySet<string>>;
} {
  const steps = new Set<string>();
  const copies = new Map<string, Set<string>>();
  for (const key of selection) {
    const { stepKey, mappingKey } = parseStepKey(key);
    if (mappingKey === null || mappingKey === "?") steps.add(stepKey);
    else copies.set(stepKey, (copies.get(stepKey) ?? new Set()).add(mappingKey));
  }
  for (const stepKey of steps) copies.delete(stepKey); // All copies include the single ones.
  return { steps, copies };
}
