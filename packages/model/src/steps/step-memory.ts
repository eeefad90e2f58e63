import { ExpectedError } from "../expected-error.ts";
import type { Wait } from "../run-event.ts";

/** A value that the code of a step keeps for its next attempt. */
export interface KeptValue {
  /** Of a step that makes several partitions one after the other: the one that it was at. */
  readonly partition: string | null;
  readonly name: string;
  /** Any JSON. */
  readonly value: unknown;
}

/** What one attempt of a step leaves to the next one of the same run, in whatever process. Plain JSON. */
export interface StepMemory {
  readonly state: readonly KeptValue[];
  /** Waits of the attempt that goes on, by name; one that failed leaves none. */
  readonly waits: Readonly<Record<string, Wait>>;
}

/** What a step remembers before it has done anything. */
export const NO_MEMORY: StepMemory = { state: [], waits: {} };

/** The types of events that a step remembers something of. */
const TYPES = ["STEP_STATE", "STEP_WAITING", "STEP_UP_FOR_RETRY"] as const;

/** What of those events it remembers. `RunEvent`s of these types fit. */
export type StepMemoryEvent =
  | {
      readonly type: "STEP_STATE";
      readonly stepKey: string;
      readonly partition: string | null;
      readonly name: string;
      /** Absent: nothing is kept under the name any more. */
      readonly value?: unknown;
    }
  | {
      readonly type: "STEP_WAITING";
      readonly stepKey: string;
      /** Those that are new since the last event. */
      readonly waits: StepMemory["waits"];
    }
  | { readonly type: "STEP_UP_FOR_RETRY"; readonly stepKey: string };

/** Whether a step remembers something of an event. */
export function isRemembered<E extends { readonly type: string }>(
  event: E,
): event is Extract<E, StepMemoryEvent> {
  return (TYPES as readonly string[]).includes(event.type);
}

/** What a step remembers after an event of its. */
export function remember(memory: StepMemory, event: StepMemoryEvent): StepMemory {
  switch (event.type) {
    case "STEP_STATE": {
      const { partition, name, value } = event;
      const others = memory.state.filter((kept) => kept.partition !== partition || kept.name !== name);
      return { ...memory, state: value === undefined ? others : [...others, { partition, name, value }] };
    }
    case "STEP_WAITING":
      return { ...memory, waits: { ...memory.waits, ...event.waits } };
    case "STEP_UP_FOR_RETRY":
      return { ...memory, waits: {} };
  }
}

/** Whether there is nothing in it. */
export function isBlank({ state, waits }: StepMemory): boolean {
  return state.length === 0 && Object.keys(waits).length === 0;
}

/** A step's memory that can't be read; the message names the field. */
export class InvalidStepMemory extends ExpectedError {
  readonly code = "invalid_step_memory";
}

/**
 * Reads what a step remembers from untrusted JSON.
 *
 * @param where Names the field, for messages.
 * @throws InvalidStepMemory
 */
export function parseStepMemory(value: unknown, where: string): StepMemory {
  const { state, waits } = readFields(value, where);
  if (!Array.isArray(state)) throw refusal(`${where}.state`, "a list");
  return {
    state: state.map((item: unknown, index) => parseKept(item, `${where}.state[${index}]`)),
    waits: Object.fromEntries(
      Object.entries(readFields(waits, `${where}.waits`)).map(([name, wait]) => [
        name,
        parseWait(wait, `${where}.waits.${name}`),
      ]),
    ),
  };
}

function parseWait(item: unknown, where: string): Wait {
  const { since, until } = readFields(item, where);
  if (typeof since !== "number") throw refusal(`${where}.since`, "a number");
  if (typeof until !== "number") throw refusal(`${where}.until`, "a number");
  return { since, until };
}

function parseKept(item: unknown, where: string): KeptValue {
  const { partition, name, value } = readFields(item, where);
  if (partition !== null && typeof partition !== "string")
    throw refusal(`${where}.partition`, "a text or null");
  if (typeof name !== "string") throw refusal(`${where}.name`, "a text");
  if (value === undefined) throw refusal(`${where}.value`, "there");
  return { partition, name, value };
}

function readFields(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw refusal(where, "an object");
}

function refusal(where: string, what: string): InvalidStepMemory {
  return new InvalidStepMemory(`\`${where}\` must be ${what}`);
}
