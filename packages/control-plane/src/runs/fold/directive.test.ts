import { describe, expect, test } from "vitest";
import { directiveFor, mayReturn, type Standing } from "./directive.ts";

const standing: Standing = {
  status: "STARTED",
  failureReason: null,
  newestAttempt: 1,
  attempt: 1,
  attemptState: "running",
  stopAsked: false,
  reexecuted: false,
};
const lost: Standing = { ...standing, status: "FAILURE", failureReason: "WORKER_LOST", attemptState: "lost" };

describe("what a worker is told", () => {
  test.each([
    ["runs on", {}, "CONTINUE"],
    ["has not started yet", { status: "STARTING", attemptState: "assigned" }, "CONTINUE"],
    ["is to be canceled", { status: "CANCELING" }, "CANCEL"],
    [
      "has ended its run and delivers the rest of its logs",
      { status: "SUCCESS", attemptState: "ended" },
      "CONTINUE",
    ],
    ["belongs to an older attempt", { newestAttempt: 2 }, "SUPERSEDED"],
    ["is to be canceled, and was asked to stop", { status: "CANCELING", stopAsked: true }, "CANCEL"],
    ["hangs, and its run is to go on without it", { stopAsked: true }, "SUPERSEDED"],
    ["speaks for a run that others have ended", { status: "CANCELED" }, "SUPERSEDED"],
  ] as const)("it %s: %j gives %s", (_what, change, directive) => {
    expect(directiveFor({ ...standing, ...change })).toBe(directive);
  });
});

describe("a lost attempt", () => {
  test("may return while nobody has taken over", () => {
    expect(mayReturn(lost)).toBe(true);
    expect(directiveFor(lost)).toBe("CONTINUE");
  });

  test.each([
    [{ reexecuted: true }],
    [{ newestAttempt: 2 }],
    [{ stopAsked: true }],
    [{ status: "CANCELED", failureReason: null }],
    [{ failureReason: "MAX_RUNTIME_EXCEEDED" }],
  ] as const)("may not return after %j", (change) => {
    expect(mayReturn({ ...lost, ...change })).toBe(false);
    expect(directiveFor({ ...lost, ...change })).toBe("SUPERSEDED");
  });
});
