import { ExpectedError } from "@millrace/model/expected-error";
import { parseRunHistory } from "@millrace/model/runs/parse-run-history";
import type { RunHistory } from "@millrace/model/runs/run-spec";
import { isKnownEvent, parseRunEvent } from "@millrace/model/parse-run-event";
import type { RunEvent } from "@millrace/model/run-event";
import type { PlanRequest } from "../plan/plan-request.ts";
import type { KnownAssetState } from "../scope/run-assets.ts";
import type { RunInfo } from "../scope/run-info.ts";

/** All that a process needs to execute one attempt of one step: a document of JSON, which it reads from its input. */
export interface StepTask extends PlanRequest, RunInfo {
  readonly stepKey: string;
  /** From 1. */
  readonly attempt: number;
  readonly history: RunHistory;
  /** What the run knows of the assets that the step is made from; null: nobody could say. */
  readonly assets: readonly KnownAssetState[] | null;
  readonly storageDirectory: string;
  /** Seconds that the step is given to end by itself when the run is interrupted. */
  readonly interruptGraceSeconds: number;
  /** What the process was told for its own use by whoever started the run. */
  readonly host: unknown;
}

/** An argument of a process that was started ahead of its step. */
export const STANDS_BY = "--stands-by";
/** How such a process ends that refuses its task, since a file that its code has read has changed. */
export const OUTDATED_EXIT_CODE = 75;

/** A task that can't be followed; the message names the field. */
export class InvalidStepTask extends ExpectedError {
  readonly code = "invalid_step_task";
}

/**
 * Reads a task, which came from a run worker of the same version: only what would fail late is looked at.
 *
 * @throws InvalidStepTask | InvalidRunHistory
 */
export function parseStepTask(value: unknown): StepTask {
  if (typeof value !== "object" || value === null)
    throw new InvalidStepTask("A step's task must be an object");
  const fields: Readonly<Record<string, unknown>> = { ...value };
  for (const name of ["runId", "jobName", "stepKey", "storageDirectory"])
    if (typeof fields[name] !== "string") throw new InvalidStepTask(`\`${name}\` must be a text`);
  for (const name of ["attempt", "interruptGraceSeconds"])
    if (typeof fields[name] !== "number") throw new InvalidStepTask(`\`${name}\` must be a number`);
  const history = parseRunHistory(fields["history"]);
  if (history === null) throw new InvalidStepTask("`history` is missing");
  return { ...(value as StepTask), history };
}

/** What such a process says, one line of JSON each. */
export type StepMessage =
  | { readonly type: "event"; readonly event: RunEvent }
  /** The step has emitted an output, which is stored. */
  | { readonly type: "output"; readonly outputName: string; readonly mappingKey: string | null }
  /** The attempt is over, its hooks included. */
  | { readonly type: "ended" };

/** Lines that begin so are messages; anything else on the same stream was written by the code of the step. */
const MARK = '{"millrace":';

/** A message as a line. The line feed before it parts it from what others left unfinished on the same stream. */
export function formatStepMessage(message: StepMessage): string {
  return `\n${MARK}${JSON.stringify(message)}}\n`;
}

/**
 * Reads a line that a step's process wrote.
 *
 * @returns null when it is none of its messages.
 * @throws InvalidRunEvent for an event that makes no sense.
 */
export function parseStepMessage(line: string): StepMessage | null {
  if (!line.startsWith(MARK)) return null;
  const { millrace: message } = JSON.parse(line) as { readonly millrace: Readonly<Record<string, unknown>> };
  switch (message["type"]) {
    case "event": {
      const event = parseRunEvent(message["event"]);
      return isKnownEvent(event) ? { type: "event", event } : null;
    }
    case "output": {
      const { outputName, mappingKey = null } = message;
      if (typeof outputName !== "string" || (mappingKey !== null && typeof mappingKey !== "string"))
        return null;
      return { type: "output", outputName, mappingKey };
    }
    case "ended":
      return { type: "ended" };
    default:
      return null;
  }
}
