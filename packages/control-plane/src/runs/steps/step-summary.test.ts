import { describe, expect, test } from "vitest";
import { summarizeSteps, type StepEvent } from "./step-summary.ts";

const at = (second: number) => new Date(second * 1_000);
const event = (
  type: StepEvent["type"],
  stepKey: string,
  second: number,
  error: unknown = null,
): StepEvent => ({
  type,
  stepKey,
  timestamp: at(second),
  error,
  metadata: null,
  until: null,
});
const planned = [
  { key: "a", upstream: [] },
  { key: "b", upstream: ["a"] },
];

describe("one row a step", () => {
  test("planned steps are there before anything has happened", () => {
    const never = {
      state: "pending",
      startedAt: null,
      endedAt: null,
      waitingUntil: null,
      attempts: 0,
      error: null,
      failureMetadata: null,
    };
    expect(summarizeSteps(planned, [], false)).toEqual([
      { key: "a", upstream: [], ...never },
      { key: "b", upstream: ["a"], ...never },
    ]);
  });

  test("steps that only the events know stand behind the planned ones", () => {
    expect(summarizeSteps(planned, [event("STEP_START", "c[1]", 1)], false).map(({ key }) => key)).toEqual([
      "a",
      "b",
      "c[1]",
    ]);
  });

  test("the copies of a mapped step stand in its place, each after the copy it takes its value from", () => {
    const mapped = [
      { key: "list", upstream: [] },
      { key: "load", upstream: ["list"] },
      { key: "sum", upstream: ["store"] },
      { key: "store", upstream: ["load"] },
    ];
    const started = ["list", "load[x]", "load[y]", "store[y]"].map((key) => event("STEP_START", key, 1));

    const steps = summarizeSteps(mapped, started, false);

    expect(steps.map(({ key, upstream }) => [key, upstream])).toEqual([
      ["list", []],
      ["load[x]", ["list"]],
      ["load[y]", ["list"]],
      ["sum", ["store[y]"]],
      ["store[y]", ["load[y]"]],
    ]);
  });

  test("a mapped step that was skipped as a whole is one row", () => {
    const steps = summarizeSteps(
      [{ key: "load", upstream: [] }],
      [event("STEP_SKIPPED", "load[?]", 1)],
      true,
    );

    expect(steps.map(({ key, state }) => [key, state])).toEqual([["load", "skipped"]]);
  });

  test("a step that was interrupted because its run was canceled is abandoned, not failed", () => {
    const interrupted = event("STEP_FAILURE", "a", 2, { code: "step_interrupted", message: "interrupted" });

    const [step] = summarizeSteps(planned, [event("STEP_START", "a", 1), interrupted], true);

    expect(step).toMatchObject({ state: "abandoned", endedAt: at(2), error: null });
  });

  test.each([
    [[], "pending", "skipped"],
    [["STEP_START"], "running", "abandoned"],
    [["STEP_START", "STEP_SUCCESS"], "success", "success"],
    [["STEP_START", "STEP_FAILURE"], "failure", "failure"],
    [["STEP_SKIPPED"], "skipped", "skipped"],
    [["STEP_START", "STEP_UP_FOR_RETRY"], "retrying", "abandoned"],
    [["STEP_START", "STEP_UP_FOR_RETRY", "STEP_RESTARTED"], "running", "abandoned"],
    [["STEP_START", "STEP_UP_FOR_RETRY", "STEP_RESTARTED", "STEP_SUCCESS"], "success", "success"],
  ] as const)("after %j it is %s, once the run has ended %s", (types, state, stateAtEnd) => {
    const events = types.map((type, index) => event(type, "a", index));

    expect(summarizeSteps(planned, events, false)[0]?.state).toBe(state);
    expect(summarizeSteps(planned, events, true)[0]?.state).toBe(stateAtEnd);
  });

  test("a step that was tried again: when it first started, how often, and no error once it has succeeded", () => {
    const events = [
      event("STEP_START", "a", 1),
      event("STEP_UP_FOR_RETRY", "a", 2, { name: "Error" }),
      event("STEP_RESTARTED", "a", 3),
    ];

    expect(summarizeSteps(planned, events, false)[0]).toMatchObject({
      startedAt: at(1),
      attempts: 2,
      error: { name: "Error" },
    });
    expect(summarizeSteps(planned, [...events, event("STEP_SUCCESS", "a", 4)], false)[0]).toMatchObject({
      startedAt: at(1),
      endedAt: at(4),
      error: null,
    });
  });
});

test("a step that waits says until when, and is the same attempt when it goes on", () => {
  const waiting = [event("STEP_START", "a", 1), { ...event("STEP_WAITING", "a", 2), until: 60_000 }];
  const resumed = [...waiting, event("STEP_RESUMED", "a", 60)];
  const first = (events: readonly StepEvent[], ended = false) => summarizeSteps(planned, events, ended)[0];

  expect(first(waiting)).toMatchObject({ state: "waiting", startedAt: at(1), waitingUntil: at(60) });
  expect(first(resumed)).toMatchObject({
    state: "running",
    startedAt: at(1),
    waitingUntil: null,
    attempts: 1,
  });
  expect(first(waiting, true)).toMatchObject({ state: "abandoned", waitingUntil: null });
});
