import { ExpectedError } from "../expected-error.ts";
import { settleStep } from "./step-edges.ts";
import type { StepMemory } from "./step-memory.ts";
import type { EmittedOutputs, StepMachine, StepNode } from "./step-machine-state.ts";

/** A run can't go on where an earlier attempt stopped, as its steps are others now. */
export class StepsChanged extends ExpectedError {
  readonly code = "steps_changed";
}

/** What a step emitted, by output name: mapping keys for a dynamic output, null for any other. Plain JSON. */
export type StepOutputs = Readonly<Record<string, readonly string[] | null>>;

/** Outputs by step key. Plain JSON. */
export type KnownOutputs = Readonly<Record<string, StepOutputs>>;

/** What a machine has to know to go on where another one stopped. Plain JSON, so it can be stored or sent. */
export interface StepsSnapshot {
  /** Steps that are over by themselves, in the order in which they ended; skips and abandonments follow from them. */
  readonly finished: readonly {
    readonly stepKey: string;
    readonly state: "success" | "failure";
    readonly attempts: number;
    readonly outputs: StepOutputs;
  }[];
  /** Steps that were started but are not over: those that ran start again, as a further attempt. */
  readonly started: readonly {
    readonly stepKey: string;
    readonly attempts: number;
    /** Milliseconds since the epoch; null: at once. */
    readonly retryAt: number | null;
    /** Until when it waits by its own will, in milliseconds since the epoch; its attempt then goes on. Left out: it does not. */
    readonly waitsUntil?: number;
    /** What its code has kept; left out: nothing. The machine itself does not look at it. */
    readonly memory?: StepMemory;
  }[];
}

/** Takes down where the steps of a run stand, for `StepMachineOptions.resume` of a later worker. */
export function snapshotSteps(machine: StepMachine): StepsSnapshot {
  return {
    finished: machine.finished.map((node) => ({
      stepKey: node.key,
      state: node.state === "success" ? "success" : "failure",
      attempts: node.attempts,
      outputs: outputsToJson(node.outputs),
    })),
    started: [...machine.nodes.values()]
      .filter(
        (node) =>
          waits(node) ||
          (node.attempts > 0 &&
            (node.state === "running" || node.state === "waiting_to_retry" || node.state === "ready")),
      )
      .map((node) => ({
        stepKey: node.key,
        attempts: waits(node) ? node.attempts + 1 : node.attempts,
        retryAt: node.state === "waiting_to_retry" ? node.dueAt : null,
        ...(waits(node) ? { waitsUntil: node.dueAt } : {}),
      })),
  };
}

/** What the successful steps of a run emitted: the later runs' `knownOutputs`. Skipped steps emitted nothing. */
export function collectOutputs(machine: StepMachine): KnownOutputs {
  const known: Record<string, StepOutputs> = {};
  for (const node of machine.nodes.values()) {
    if (node.state !== "success" && node.state !== "skipped") continue;
    const emitted = outputsToJson(node.outputs);
    const noKeys = node.state === "success" ? node.step.outputs.filter((output) => output.dynamic) : [];
    known[node.key] = { ...Object.fromEntries(noKeys.map((output) => [output.name, []])), ...emitted };
  }
  return known;
}

/** Brings a machine that has not started anything yet to where a snapshot was taken. */
export function restoreSteps(machine: StepMachine, snapshot: StepsSnapshot): void {
  for (const { stepKey, state, attempts, outputs } of snapshot.finished) {
    const node = getNode(machine, stepKey);
    node.outputs = outputsFromJson(outputs);
    node.attempts = attempts;
    machine.finished.push(node);
    settleStep(machine, node, state);
  }
  for (const { stepKey, attempts, retryAt, waitsUntil } of snapshot.started) {
    const node = getNode(machine, stepKey);
    node.goesOn = waitsUntil !== undefined;
    node.attempts = node.goesOn ? attempts - 1 : attempts;
    const dueAt = waitsUntil ?? retryAt;
    if (dueAt === null) continue;
    node.state = node.goesOn ? "waiting" : "waiting_to_retry";
    node.dueAt = dueAt;
    machine.delayed.push(node);
  }
}

/** Whether a step waits by its own will, or may go on after such a wait and has not yet. */
function waits({ state, goesOn }: StepNode): boolean {
  return state === "waiting" || (state === "ready" && goesOn);
}

/** Outputs as the machine keeps them. */
export function outputsFromJson(outputs: StepOutputs): EmittedOutputs {
  return new Map(Object.entries(outputs).map(([name, keys]) => [name, keys === null ? null : new Set(keys)]));
}

/** Outputs as they are stored and sent. */
export function outputsToJson(outputs: EmittedOutputs | null): StepOutputs {
  return Object.fromEntries(
    [...(outputs ?? [])].map(([name, keys]) => [name, keys === null ? null : [...keys]]),
  );
}

function getNode(machine: StepMachine, stepKey: string): StepNode {
  const node = machine.nodes.get(stepKey);
  if (!node)
    throw new StepsChanged(
      `Step "${stepKey}" ran in an earlier attempt of the run, but the definitions of now do not have it: launch the job again`,
    );
  return node;
}
