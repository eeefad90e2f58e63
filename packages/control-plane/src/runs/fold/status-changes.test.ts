import { expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { INITIAL_RUN_STATE } from "@millrace/model/run-status";
import { lifeEvent } from "../../testing/test-runs.ts";
import { foldEvents } from "./status-changes.ts";

function changesOf(...events: readonly RunEvent[]): string[] {
  return foldEvents(INITIAL_RUN_STATE, events).changes.map(({ index, status }) => `${index} ${status}`);
}

test("each event that moves the run is a change", () => {
  expect(changesOf(lifeEvent("RUN_STARTING"), lifeEvent("RUN_START"), lifeEvent("RUN_SUCCESS"))).toEqual([
    "0 STARTING",
    "1 STARTED",
    "2 SUCCESS",
  ]);
});

test("what the state chart refuses is none: the late success of a canceled run", () => {
  expect(changesOf(lifeEvent("RUN_CANCELED"), lifeEvent("RUN_SUCCESS"))).toEqual(["0 CANCELED"]);
});

test("a run whose worker was lost and returned starts again", () => {
  const lost: RunEvent = {
    type: "RUN_FAILURE",
    reason: "WORKER_LOST",
    error: null,
    timestamp: 1,
    message: "lost",
  };

  expect(
    changesOf(
      lifeEvent("RUN_STARTING"),
      lifeEvent("RUN_START"),
      lost,
      lifeEvent("RUN_WORKER_RETURNED"),
      lifeEvent("RUN_SUCCESS"),
    ),
  ).toEqual(["0 STARTING", "1 STARTED", "2 FAILURE", "3 STARTED", "4 SUCCESS"]);
});
