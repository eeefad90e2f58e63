import type { LaunchRunResult } from "@millrace/model/runs/work-item";
import { RunNotFound } from "../run-errors.ts";
import type { WorkEffect } from "../../work/work-effects.ts";
import { openToAll } from "../../work/work-store.ts";
import { markAttemptLaunched, takeBackStart } from "./attempt-store.ts";
import { failLaunch } from "./end-attempt.ts";

/** A launched worker must give a sign of life within a lease; a run whose worker nobody could launch fails, and says why. */
export const launchEffect: WorkEffect<"launch_run"> = {
  parseResult: readLaunchResult,
  async onDone(trx, { work, agentId }) {
    if (agentId !== null) await markAttemptLaunched(trx, work.runId, work.attempt, agentId);
  },
  async onPutBack(trx, { id, work }) {
    if (work.startedFor === undefined) return;
    await openToAll(trx, id);
    await takeBackStart(trx, work.runId, work.attempt, work.startedFor);
  },
  async onLost(trx, { work }, { message, byAgent }) {
    try {
      // Nobody but its agent knows whether a worker for which the launch began has had its run.
      const never = byAgent ? work.startedFor : undefined;
      await failLaunch(trx, work.runId, work.attempt, message, never);
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
