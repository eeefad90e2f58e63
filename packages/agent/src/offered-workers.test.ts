import { rmSync } from "node:fs";
import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startTestAgent, type TestAgent } from "./testing/test-agent.ts";
import { createTestProject, type TestProject } from "./testing/test-millrace.ts";

vi.setConfig({ testTimeout: 30_000 });

let api: FakeAgentApi;
let project: TestProject;
let agent: TestAgent;

beforeEach(async () => {
  api = await startFakeAgentApi();
  project = createTestProject();
  const environment = { ...project.document.environment, WORKER_ID: "w-PID" };
  api.work.desire({ name: "shop", revision: 4, document: { ...project.document, environment } });
  agent = startTestAgent(api, project, { stopWorkers: true });
});
afterEach(async () => {
  await agent.stop();
  await api[Symbol.asyncDispose]();
  rmSync(project.folder, { recursive: true, force: true });
});

interface Offer {
  readonly workerId: string;
}

/** Waits for a claim that offers a worker which is not among `others`. */
async function untilOffered(...others: readonly Offer[]): Promise<Offer> {
  const isOther = ({ workerId }: Offer) => others.every((other) => other.workerId !== workerId);
  const find = (variables: Readonly<Record<string, unknown>>) =>
    (variables["offers"] as Offer[]).find(isOther);
  const call = await api.untilCall("ClaimWork", (variables) => find(variables) !== undefined);
  const offer = find(call.variables);
  if (offer === undefined) throw new Error("unreachable");
  return offer;
}

function launch(runId: string, startedFor: string, isStarted: boolean): void {
  const run = { runId, attempt: 1, runToken: "mrr_x", locationName: "shop", jobName: "quick", startedFor };
  api.work.enqueue("launch_run", { ...run, runConfig: {}, tags: {} }, isStarted);
}

async function untilExit(runId: string): Promise<unknown> {
  const isOf = ({ input }: Readonly<Record<string, unknown>>) => (input as { runId: string }).runId === runId;
  return (await api.untilCall("ReportWorkerExit", isOf)).variables["input"];
}

const listStarts = () => api.callsOf("StartAttempt").map(({ variables }) => variables["input"]);

test("a worker that stands by is offered, has the run that began for it without asking, and another one is offered then", async () => {
  const offer = await untilOffered();
  expect(offer).toMatchObject({ locationName: "shop", revision: 4, codeDigest: "one", place: "1@test" });

  launch("r1", offer.workerId, true);
  expect(await untilExit("r1")).toMatchObject({ workerId: offer.workerId, exitCode: 0 });
  expect(api.runs.attemptOf("r1", 1).events).toMatchObject([{ type: "RUN_START" }, { type: "RUN_SUCCESS" }]);
  expect(listStarts()).toEqual([]);
  await untilOffered(offer);
});

test("a launch that is delivered again is for the same worker if it still stands by, but it asks", async () => {
  const { workerId } = await untilOffered();

  launch("r1", workerId, false);
  expect(await untilExit("r1")).toMatchObject({ workerId });
  expect(listStarts()).toMatchObject([{ runId: "r1", workerId, insteadOf: workerId }]);
});

test("where the worker is gone, another one asks in its place, however late the answer was", async () => {
  const first = await untilOffered();
  launch("r1", first.workerId, false);
  await untilExit("r1");
  const second = await untilOffered(first);

  launch("r2", first.workerId, true);
  expect(await untilExit("r2")).toMatchObject({ workerId: second.workerId });
  expect(listStarts()[1]).toMatchObject({
    runId: "r2",
    workerId: second.workerId,
    insteadOf: first.workerId,
  });
});
