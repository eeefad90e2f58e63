import { ExpectedError } from "../expected-error.ts";
import type { RunHistory } from "./run-spec.ts";
import { InvalidStepMemory, parseStepMemory, type StepMemory } from "../steps/step-memory.ts";
import type { KnownOutputs, StepOutputs, StepsSnapshot } from "../steps/step-snapshot.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A run's history that can't be read; the message names the field. */
export class InvalidRunHistory extends ExpectedError {
  readonly code = "invalid_run_history";
}

/**
 * Reads what earlier attempts and runs have done from untrusted JSON. Nothing at all: null. Fields that this version does not
 * know are passed over.
 *
 * @throws InvalidRunHistory
 */
export function parseRunHistory(value: unknown): RunHistory | null {
  if (value === null || value === undefined) return null;
  const fields = readObject(value, "history");
  const { resume = null, storedOn = null } = fields;
  const outputRuns = readObject(fields["outputRuns"], "history.outputRuns");
  for (const [stepKey, runId] of Object.entries(outputRuns))
    if (typeof runId !== "string") throw refusal(`history.outputRuns.${stepKey}`, "a text");
  return {
    knownOutputs: parseKnownOutputs(fields["knownOutputs"]),
    outputRuns: outputRuns as Readonly<Record<string, string>>,
    resume: resume === null ? null : parseSnapshot(resume),
    ...(storedOn === null ? {} : { storedOn: parseStoringAgent(storedOn) }),
  };
}

function parseStoringAgent(value: unknown): { readonly agentId: string; readonly agentName: string } {
  const { agentId, agentName } = readObject(value, "history.storedOn");
  return {
    agentId: readText(agentId, "history.storedOn.agentId"),
    agentName: readText(agentName, "history.storedOn.agentName"),
  };
}

function parseKnownOutputs(value: unknown): KnownOutputs {
  const outputs = readObject(value, "history.knownOutputs");
  return Object.fromEntries(
    Object.entries(outputs).map(([key, given]) => [key, parseOutputs(given, `history.knownOutputs.${key}`)]),
  );
}

function parseOutputs(value: unknown, where: string): StepOutputs {
  const outputs = readObject(value, where);
  for (const [name, keys] of Object.entries(outputs)) {
    if (keys !== null && !(Array.isArray(keys) && keys.every((key) => typeof key === "string")))
      throw refusal(`${where}.${name}`, "a list of mapping keys or null");
  }
  return outputs as StepOutputs;
}

function parseSnapshot(value: unknown): StepsSnapshot {
  const fields = readObject(value, "history.resume");
  return {
    finished: readList(fields["finished"], "history.resume.finished").map((item, index) => {
      const where = `history.resume.finished[${index}]`;
      const { stepKey, state, attempts, outputs } = readObject(item, where);
      if (state !== "success" && state !== "failure")
        throw refusal(`${where}.state`, '"success" or "failure"');
      return {
        stepKey: readText(stepKey, `${where}.stepKey`),
        state,
        attempts: readCount(attempts, `${where}.attempts`),
        outputs: parseOutputs(outputs, `${where}.outputs`),
      };
    }),
    started: readList(fields["started"], "history.resume.started").map((item, index) => {
      const where = `history.resume.started[${index}]`;
      const { stepKey, attempts, retryAt, waitsUntil, memory } = readObject(item, where);
      if (retryAt !== null && typeof retryAt !== "number")
        throw refusal(`${where}.retryAt`, "a number or null");
      if (waitsUntil !== undefined && typeof waitsUntil !== "number")
        throw refusal(`${where}.waitsUntil`, "a number");
      return {
        stepKey: readText(stepKey, `${where}.stepKey`),
        attempts: readCount(attempts, `${where}.attempts`),
        retryAt,
        ...(waitsUntil === undefined ? {} : { waitsUntil }),
        ...(memory === undefined ? {} : { memory: parseMemory(memory, `${where}.memory`) }),
      };
    }),
  };
}

function parseMemory(value: unknown, where: string): StepMemory {
  try {
    return parseStepMemory(value, where);
  } catch (error) {
    if (!(error instanceof InvalidStepMemory)) throw error;
    throw new InvalidRunHistory(error.message, { cause: error });
  }
}

function readObject(value: unknown, where: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw refusal(where, "an object");
}

function readList(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw refusal(where, "a list");
}

function readText(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  throw refusal(where, "a text");
}

function readCount(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw refusal(where, "a whole number");
}

function refusal(where: string, what: string): InvalidRunHistory {
  return new InvalidRunHistory(`\`${where}\` must be ${what}`);
}
