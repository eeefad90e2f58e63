import type { LaunchRunResult } from "@millrace/model/runs/work-item";
import { RunNotFound } from "../run-errors.ts";
import type { WorkEffect } from "../../work/work-effects.ts";
import { markAttemptLaunched } from "./attempt-store.ts";
import { failLaunch } from "./end-attempt.ts";

/** A launched worker must give a sign of life within a lease; a run whose worker nobody could launch fails, and says why. */
export const launchEffect: WorkEffect<"launch_run"> = {
  parseResult: readLaunchResult,
  async onDone(trx, { work, agentId }) {
    if (agentId !== null) await markAttemptLaunched(trx, work.runId, work.attempt, agentId);
  },
  async onLost(trx, { work }, { message }) {
    try {
      await failLaunch(trx, work.runId, work.attempt, message);
    } catch (error) {
      // Nobody waits for a run that was deleted.
      if (!(error instanceof RunNotFound)) throw error;
    }
  },
};

/** What an agent says of its worker is for people: what can't be read is not there. */
function readLaunchResult(value: unknown): LaunchRunResult {
  const place = typeof value === "object" && value !== null && "place" in value ? value.place : null;
  return { place: typeof place === "string" ? place : "" };
}
