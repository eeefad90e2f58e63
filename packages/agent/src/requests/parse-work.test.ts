import { expect, test } from "vitest";
import { parseEvaluateSensor, parseLaunchRun, parseTerminateRun } from "./parse-work.ts";

const run = { runId: "r1", attempt: 1, runToken: "mrr_x", locationName: "shop" };

test("a launch is read as far as the agent needs it, and goes to the worker as it came", () => {
  const launch = { ...run, jobName: "nightly", somethingNewer: true };
  expect(parseLaunchRun({ kind: "launch_run", ...launch })).toEqual({ ...run, launch });
});

test.each([
  [null, "the payload must be an object"],
  [{ ...run, attempt: 0 }, "`attempt` must be a whole number from 1 on"],
  [{ ...run, runToken: "" }, "`runToken` must be a text that is not empty"],
  [{ ...run, locationName: 7 }, "`locationName` must be a text that is not empty"],
])("a launch that makes no sense is refused by the field: %j", (payload, problem) => {
  expect(() => parseLaunchRun(payload)).toThrow(problem);
});

test("the grace time of a termination is a number of seconds", () => {
  expect(parseTerminateRun({ runId: "r1", attempt: 1, graceSeconds: 0.5 }).graceSeconds).toBe(0.5);
  expect(() => parseTerminateRun({ runId: "r1", attempt: 1, graceSeconds: "30" })).toThrow("`graceSeconds`");
});

test("a sensor's first tick has no cursor, and one that does not watch is told of nothing", () => {
  expect(parseEvaluateSensor({ locationName: "shop", sensorName: "new_files" })).toMatchObject({
    cursor: null,
    events: { materializations: [], runs: [] },
  });
  expect(() => parseEvaluateSensor({ locationName: "shop", sensorName: "new_files", cursor: 7 })).toThrow(
    "`cursor`",
  );
});

test("an event for a sensor that makes no sense is refused by its field", () => {
  const tick = { locationName: "shop", sensorName: "on_failure" };
  expect(() => parseEvaluateSensor({ ...tick, events: { runs: [{ runId: "r", status: "DONE" }] } })).toThrow(
    "`events.runs[0].status` must be one of QUEUED",
  );
});
