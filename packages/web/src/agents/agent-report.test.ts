import { expect, test } from "vitest";
import { parseAgentReport } from "./agent-report.ts";

test("a report is read", () => {
  const report = parseAgentReport({
    codeServers: [{ locationName: "flights", revision: 2, state: "serving", place: "process 7" }],
    runWorkers: [{ runId: "r1", attempt: 1, place: "process 8" }],
    errors: [{ message: "x", location: "flights" }],
  });

  expect(report.codeServers).toEqual([
    { locationName: "flights", revision: 2, state: "serving", place: "process 7" },
  ]);
  expect(report.runWorkers).toEqual([{ runId: "r1", attempt: 1, place: "process 8" }]);
  expect(report.errors).toMatchObject([{ location: "flights", error: { message: "x" } }]);
});

test("an agent that has said nothing yet, or says it differently, breaks nothing", () => {
  expect(parseAgentReport({})).toEqual({ codeServers: [], runWorkers: [], errors: [] });
  expect(parseAgentReport({ codeServers: [3] }).codeServers[0]?.locationName).toBe("?");
});
