import type { TerminateRunResult } from "@millrace/model/runs/work-item";
import type { WorkEffect } from "../../work/work-effects.ts";

/** None of its own: a worker that stops says so itself or its agent reports its end, and the lease of one that has gone ends. */
export const terminateEffect: WorkEffect<"terminate_run"> = {
  parseResult: readTerminateResult,
  onDone: () => Promise.resolve(),
  onLost: () => Promise.resolve(),
};

function readTerminateResult(value: unknown): TerminateRunResult {
  const { found, killed } = (typeof value === "object" && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  return { found: found === true, killed: killed === true };
}
