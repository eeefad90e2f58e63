import { expect, test } from "vitest";
import type { RunEvent } from "@millrace/model/run-event";
import { lifeEvent } from "../testing/test-runs.ts";
import { findStatusChanges } from "./status-changes.ts";

function changesOf(...events: readonly RunEvent[]): string[] {
  return findStatusChanges(events.map((event, position) => ({ position, event }))).map(
    ({ position, status }) => `${position} ${status}`,
  );
}

test("each event that moves the run is a change, the first one too", () => {
  expect(
    changesOf(
      lifeEvent("RUN_ENQUEUED"),
      lifeEvent("RUN_STARTING"),
      lifeEvent("RUN_START"),
      lifeEvent("RUN_SUCCESS"),
    ),
  ).toEqual(["0 QUEUED", "1 STARTING", "2 STARTED", "3 SUCCESS"]);
});

test("what the state chart refuses is none: the late success of a canceled run", () => {
  expect(changesOf(lifeEvent("RUN_ENQUEUED"), lifeEvent("RUN_CANCELED"), lifeEvent("RUN_SUCCESS"))).toEqual([
    "0 QUEUED",
    "1 CANCELED",
  ]);
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
