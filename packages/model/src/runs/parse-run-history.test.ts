import { expect, test } from "vitest";
import { InvalidRunHistory, parseRunHistory } from "./parse-run-history.ts";
import type { RunHistory } from "./run-spec.ts";

const history: RunHistory = {
  knownOutputs: { list: { result: ["a", "b"] }, "double[a]": { result: null } },
  outputRuns: { list: "run-1", "double[a]": "run-2" },
  resume: {
    finished: [{ stepKey: "list", state: "success", attempts: 2, outputs: { result: [] } }],
    started: [
      { stepKey: "sum", attempts: 1, retryAt: 1_700_000_000_000 },
      {
        stepKey: "export",
        attempts: 1,
        retryAt: null,
        waitsUntil: 1_700_000_000_000,
        memory: {
          state: [{ partition: null, name: "job", value: { id: "j1" } }],
          waits: { "waitFor 1": { since: 1_600_000_000_000, until: 1_700_000_000_000 } },
        },
      },
    ],
  },
};

test("a history is read as it was written, and none at all is null", () => {
  expect(parseRunHistory(JSON.parse(JSON.stringify(history)))).toEqual(history);
  expect(parseRunHistory({ ...history, resume: null, from: "a newer version" })).toEqual({
    ...history,
    resume: null,
  });
  expect(parseRunHistory(null)).toBeNull();
  expect(parseRunHistory(undefined)).toBeNull();
});

test.each([
  [[], "`history` must be an object"],
  [{ outputRuns: {} }, "`history.knownOutputs` must be an object"],
  [{ ...history, outputRuns: { list: 1 } }, "`history.outputRuns.list` must be a text"],
  [
    { ...history, knownOutputs: { list: { result: "a" } } },
    "`history.knownOutputs.list.result` must be a list",
  ],
  [
    { ...history, resume: { finished: [], started: [{ stepKey: "a" }] } },
    "`history.resume.started[0].retryAt`",
  ],
  [
    {
      ...history,
      resume: {
        finished: [],
        started: [{ stepKey: "a", attempts: 1, retryAt: null, memory: { state: [{}] } }],
      },
    },
    "`history.resume.started[0].memory.state[0].partition` must be a text or null",
  ],
  [
    { ...history, resume: { started: [], finished: [{ stepKey: "a", state: "skipped" }] } },
    '`history.resume.finished[0].state` must be "success" or "failure"',
  ],
])("%j is refused, naming the field", (value, message) => {
  expect(() => parseRunHistory(value)).toThrow(InvalidRunHistory);
  expect(() => parseRunHistory(value)).toThrow(message);
});
