import { describe, expect, test } from "vitest";
import type { RunEvent } from "./run-event.ts";
import {
  applyRunEvent,
  INITIAL_RUN_STATE,
  RUN_STATUSES,
  type RunState,
  type RunStatus,
} from "./run-status.ts";

const at = (timestamp: number) => ({ timestamp, message: `at ${timestamp}` });
const lifeCycle = (
  type:
    | "RUN_ENQUEUED"
    | "RUN_STARTING"
    | "RUN_START"
    | "RUN_SUCCESS"
    | "RUN_CANCELING"
    | "RUN_CANCELED"
    | "RUN_WORKER_RETURNED",
  timestamp = 50,
): RunEvent => ({ ...at(timestamp), type });
const failure = (reason: "STEP_FAILURE" | "WORKER_LOST", timestamp = 50): RunEvent => ({
  ...at(timestamp),
  type: "RUN_FAILURE",
  reason,
  error: null,
});

/** A run that has come to the status on the usual way. */
function stateIn(status: RunStatus): RunState {
  const way: Record<RunStatus, readonly RunEvent[]> = {
    QUEUED: [],
    STARTING: [lifeCycle("RUN_STARTING", 1)],
    STARTED: [lifeCycle("RUN_STARTING", 1), lifeCycle("RUN_START", 2)],
    CANCELING: [lifeCycle("RUN_STARTING", 1), lifeCycle("RUN_START", 2), lifeCycle("RUN_CANCELING", 3)],
    SUCCESS: [lifeCycle("RUN_STARTING", 1), lifeCycle("RUN_START", 2), lifeCycle("RUN_SUCCESS", 4)],
    FAILURE: [lifeCycle("RUN_STARTING", 1), lifeCycle("RUN_START", 2), failure("STEP_FAILURE", 4)],
    CANCELED: [lifeCycle("RUN_CANCELED", 4)],
  };
  return way[status].reduce(applyRunEvent, INITIAL_RUN_STATE);
}

describe("the state chart", () => {
  const chart: Readonly<Record<string, Partial<Record<RunStatus, RunStatus>>>> = {
    RUN_ENQUEUED: {},
    RUN_STARTING: { QUEUED: "STARTING" },
    RUN_START: { STARTING: "STARTED" },
    RUN_CANCELING: { STARTING: "CANCELING", STARTED: "CANCELING" },
    RUN_SUCCESS: { STARTED: "SUCCESS", CANCELING: "SUCCESS" },
    RUN_CANCELED: { QUEUED: "CANCELED", STARTING: "CANCELED", STARTED: "CANCELED", CANCELING: "CANCELED" },
    RUN_FAILURE: { QUEUED: "FAILURE", STARTING: "FAILURE", STARTED: "FAILURE", CANCELING: "FAILURE" },
    RUN_WORKER_RETURNED: {},
  };
  const cases = Object.entries(chart).flatMap(([type, moves]) =>
    RUN_STATUSES.map((status) => [status, type, moves[status] ?? status] as const),
  );

  test.each(cases)("%s, then %s: %s", (status, type, expected) => {
    const event = type === "RUN_FAILURE" ? failure("STEP_FAILURE") : lifeCycle(type as "RUN_START");

    expect(applyRunEvent(stateIn(status), event).status).toBe(expected);
  });

  test("events that are not about the run's life leave the state as it is", () => {
    const state = stateIn("STARTED");

    expect(applyRunEvent(state, { ...at(9), type: "STEP_SKIPPED", stepKey: "a" })).toBe(state);
  });
});

describe("what the fold keeps beside the status", () => {
  test("the usual way: when it started and ended", () => {
    expect(stateIn("SUCCESS")).toEqual({
      ...INITIAL_RUN_STATE,
      status: "SUCCESS",
      failureReason: null,
      failureMessage: null,
      startedAt: 2,
      endedAt: 4,
    });
  });

  test("a failure: its reason and message", () => {
    expect(stateIn("FAILURE")).toMatchObject({
      failureReason: "STEP_FAILURE",
      failureMessage: "at 4",
      endedAt: 4,
    });
  });

  test("late events of a canceled run change nothing", () => {
    const canceled = stateIn("CANCELED");

    const after = [
      lifeCycle("RUN_START"),
      lifeCycle("RUN_SUCCESS"),
      failure("WORKER_LOST"),
      lifeCycle("RUN_WORKER_RETURNED"),
    ];

    expect(after.reduce(applyRunEvent, canceled)).toEqual(canceled);
  });

  test("a worker that starts while its run is being canceled: the run stays CANCELING and knows when it started", () => {
    const canceling = applyRunEvent(stateIn("STARTING"), lifeCycle("RUN_CANCELING", 5));

    expect(applyRunEvent(canceling, lifeCycle("RUN_START", 6))).toMatchObject({
      status: "CANCELING",
      startedAt: 6,
    });
  });

  test("a second RUN_START does not move the start", () => {
    expect(applyRunEvent(stateIn("STARTED"), lifeCycle("RUN_START", 90)).startedAt).toBe(2);
  });
});

describe("a run that is ended because it took too long", () => {
  const overdue = applyRunEvent(stateIn("STARTED"), {
    ...at(3),
    type: "RUN_CANCELING",
    reason: "MAX_RUNTIME_EXCEEDED",
  });

  test("is CANCELING until its worker has stopped, and fails for that however it stops", () => {
    expect(overdue).toMatchObject({ status: "CANCELING", failureReason: "MAX_RUNTIME_EXCEEDED" });
    for (const end of [lifeCycle("RUN_CANCELED", 5), failure("WORKER_LOST", 5)])
      expect(applyRunEvent(overdue, end)).toEqual({
        ...INITIAL_RUN_STATE,
        status: "FAILURE",
        failureReason: "MAX_RUNTIME_EXCEEDED",
        failureMessage: "at 3",
        startedAt: 2,
        endedAt: 5,
      });
  });

  test("succeeds if it was done when it was told", () => {
    expect(applyRunEvent(overdue, lifeCycle("RUN_SUCCESS", 5))).toMatchObject({
      status: "SUCCESS",
      failureReason: null,
      failureMessage: null,
    });
  });
});

describe("a worker that was taken for lost and returns", () => {
  const lost = applyRunEvent(stateIn("STARTED"), failure("WORKER_LOST", 20));

  test("reopens its run, with nothing left of the failure", () => {
    expect(applyRunEvent(lost, lifeCycle("RUN_WORKER_RETURNED", 30))).toEqual(stateIn("STARTED"));
  });

  test("ends it as it ended", () => {
    const events = [lifeCycle("RUN_WORKER_RETURNED", 30), lifeCycle("RUN_SUCCESS", 18)];

    expect(events.reduce(applyRunEvent, lost)).toMatchObject({
      status: "SUCCESS",
      failureReason: null,
      endedAt: 18,
    });
  });

  test("must say so first: its RUN_SUCCESS alone does not reopen the run", () => {
    expect(applyRunEvent(lost, lifeCycle("RUN_SUCCESS", 30))).toBe(lost);
  });

  test("may have been lost before its RUN_START came: the start is the one it names", () => {
    const lostEarly = applyRunEvent(stateIn("STARTING"), failure("WORKER_LOST", 20));
    const events = [lifeCycle("RUN_WORKER_RETURNED", 30), lifeCycle("RUN_START", 3)];

    expect(events.reduce(applyRunEvent, lostEarly)).toMatchObject({
      status: "STARTED",
      startedAt: 3,
      endedAt: null,
    });
  });

  test("any other failure stays", () => {
    const failed = stateIn("FAILURE");

    expect(applyRunEvent(failed, lifeCycle("RUN_WORKER_RETURNED"))).toBe(failed);
  });
});

describe("a run that is suspended", () => {
  const suspended: RunEvent = { ...at(50), type: "RUN_SUSPENDED", until: 900 };
  const after = (status: RunStatus, ...events: RunEvent[]) =>
    [suspended, ...events].reduce(applyRunEvent, stateIn(status));

  test("stays started, and says until when it waits, until it goes on or ends", () => {
    expect(after("STARTED")).toMatchObject({ status: "STARTED", waitingUntil: 900 });
    expect(after("STARTED", { ...at(900), type: "RUN_RESUMED" })).toEqual(stateIn("STARTED"));
    for (const end of [lifeCycle("RUN_CANCELED"), lifeCycle("RUN_SUCCESS"), failure("STEP_FAILURE")])
      expect(after("STARTED", end).waitingUntil).toBeNull();
  });

  test("has stopped, when it was to stop, for whatever reason", () => {
    expect(after("CANCELING")).toMatchObject({ status: "CANCELED", endedAt: 50, waitingUntil: null });
    const ending: RunEvent = { ...at(40), type: "RUN_CANCELING", reason: "MAX_RUNTIME_EXCEEDED" };
    const failed = [ending, suspended].reduce(applyRunEvent, stateIn("STARTED"));
    expect(failed).toMatchObject({ status: "FAILURE", failureReason: "MAX_RUNTIME_EXCEEDED" });
  });

  test.each(["QUEUED", "STARTING", "SUCCESS", "FAILURE", "CANCELED"] as const)(
    "can not be while it is %s",
    (status) => {
      expect(after(status)).toEqual(stateIn(status));
    },
  );
});
