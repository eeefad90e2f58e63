import { startFakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import type { RunHistory } from "@millrace/model/runs/run-spec";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTestProject } from "../testing/test-project.ts";
import { startTestWorker, type TestWorker } from "../testing/test-worker.ts";

vi.setConfig({ testTimeout: 30_000 });

const DEFINITIONS = `
import { definitions, job, op, processExecutor } from "millrace";

const sleeps = op("sleeps", async (context) => {
  console.log("asleep");
  await context.sleep(3_600);
  console.log("awake");
});
export const all = definitions({
  jobs: [
    job("here", () => { sleeps(); }),
    job("apart", { executor: processExecutor() }, () => { sleeps(); }),
  ],
});
`;

/** What the next attempt is told, once the hour is over. */
const HISTORY: RunHistory = {
  knownOutputs: {},
  outputRuns: {},
  resume: {
    finished: [],
    started: [
      {
        stepKey: "sleeps",
        attempts: 1,
        retryAt: null,
        waitsUntil: 2,
        memory: { state: [], waits: { "sleep 1": { since: 1, until: 2 } } },
      },
    ],
  },
};

test.each(["here", "apart"])(
  "a worker whose run only waits delivers everything and ends, and the next one goes on: steps run %s",
  async (job) => {
    using project = createTestProject({ "defs.ts": DEFINITIONS });
    await using api = await startFakeAgentApi();
    const worker = async (): Promise<TestWorker> => {
      const started = await startTestWorker(project, api.url, job);
      onTestFinished(() => started[Symbol.dispose]());
      await started.standingBy;
      return started;
    };
    const first = await worker();
    await first.execute();

    expect(await first.ended).toEqual({ code: 0, signal: null });
    const stored = api.runs.attemptOf("run-1", 1);
    expect(stored.events.map(({ type }) => type).slice(-2)).toEqual(["STEP_WAITING", "RUN_SUSPENDED"]);
    expect(stored.logs.stdout.toString()).toBe("asleep\n");
    const second = await worker();
    await second.execute({ attempt: 2, history: HISTORY });

    expect(await second.ended).toEqual({ code: 0, signal: null });
    const { events, logs } = api.runs.attemptOf("run-1", 2);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["STEP_RESUMED", "STEP_SUCCESS", "RUN_SUCCESS"]),
    );
    expect(logs.stdout.toString()).toBe("asleep\nawake\n");
  },
);
