import { ExpectedError } from "@millrace/model/expected-error";
import { isValueNotStored } from "../../io/value-not-stored.ts";
import type { RunInfo } from "../scope/run-info.ts";

/** A step needs what another one made in an earlier run or attempt, and nothing is left of it. */
export class EarlierValueLost extends ExpectedError {
  readonly code = "earlier_value_lost";
}

/**
 * What to throw when the value of a step could not be loaded. A value that an earlier worker made and that is not stored was most
 * likely kept in memory: then the author has to know that only a stored value outlives its worker.
 *
 * @param stepKey The step whose value it is.
 * @param error What its IO manager threw.
 */
export function explainMissingValue(run: RunInfo, stepKey: string, error: unknown): unknown {
  if (!isValueNotStored(error)) return error;
  const { history = null } = run;
  const earlierRun = history?.outputRuns[stepKey];
  const isOfAttemptBefore = history?.resume?.finished.some((step) => step.stepKey === stepKey) ?? false;
  if (earlierRun === undefined && !isOfAttemptBefore) return error;
  const { storedOn } = history ?? {};
  const madeBy = earlierRun === undefined ? "an earlier attempt of this run" : `run ${earlierRun}`;
  if (storedOn !== undefined)
    return new EarlierValueLost(
      `What step "${stepKey}" made in ${madeBy} is stored on agent ${storedOn.agentName} (${storedOn.agentId}), and this attempt runs on another agent, ` +
        "which does not reach that storage: use an IO manager that all agents of the queue reach, or run it again when that agent is there",
      { cause: error },
    );
  return new EarlierValueLost(
    `Nothing is stored of what step "${stepKey}" made in ${madeBy}, where it succeeded. An IO manager that keeps values in memory ` +
      "loses them with its worker: give the step one that stores them, or run all steps again",
    { cause: error },
  );
}
