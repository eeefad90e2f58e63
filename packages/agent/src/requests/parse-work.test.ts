import { expect, test } from "vitest";
import { PermanentWorkFailure } from "./permanent-failure.ts";
import { parseEvaluateSensor, parseLaunchRun, parseTerminateRun } from "./parse-work.ts";

const run = { runId: "r1", attempt: 1, runToken: "mrr_x", locationName: "shop" };

test("a launch is read as far as the agent needs it, and goes to the worker as it came", () => {
  const launch = { ...run, jobName: "nightly", somethingNewer: true };
  expect(parseLaunchRun({ kind: "launch_run", ...launch })).toEqual({ container: {}, ...run, launch });
});

test("a launch says what the container of its run has, and one that can't be read is refused", () => {
  const launch = (tag: unknown) => parseLaunchRun({ ...run, tags: { "millrace/container": tag } });
  expect(launch('{"memory":"2g"}').container).toEqual({ memory: "2g" });
  expect(() => launch('{"memory":2}')).toThrow(/`millrace\/container\.memory` must be an amount/);
  expect(() => launch(2)).toThrow(PermanentWorkFailure);
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
