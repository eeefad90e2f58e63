import { ExpectedError } from "../expected-error.ts";

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
}

/** What a step remembers before it has done anything. */
export const NO_MEMORY: StepMemory = { state: [] };

/** What of a step's events it remembers. `RunEvent`s of these types fit. */
export interface StepMemoryEvent extends Pick<KeptValue, "partition" | "name"> {
  readonly type: "STEP_STATE";
  readonly stepKey: string;
  /** Absent: nothing is kept under the name any more. */
  readonly value?: unknown;
}

/** What a step remembers after an event of its. */
export function remember(memory: StepMemory, { partition, name, value }: StepMemoryEvent): StepMemory {
  const others = memory.state.filter((kept) => kept.partition !== partition || kept.name !== name);
  return { ...memory, state: value === undefined ? others : [...others, { partition, name, value }] };
}

/** Whether there is nothing in it. */
export function isBlank({ state }: StepMemory): boolean {
  return state.length === 0;
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
  const { state } = readFields(value, where);
  if (!Array.isArray(state)) throw refusal(`${where}.state`, "a list");
  return { state: state.map((item: unknown, index) => parseKept(item, `${where}.state[${index}]`)) };
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
