import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "@millrace/model/time/clock";
import {
  createAgentApiClient,
  openAgentApiConnections,
  type AgentApiConnections,
} from "@millrace/protocol/agent-api-client";
import { createCourier } from "@millrace/protocol/journal/courier";
import { openEventJournal } from "@millrace/protocol/journal/event-journal";
import { noteOwnCourier, writeWorkerId } from "@millrace/protocol/journal/worker-files";
import { startFakeAgentApi, type FakeAgentApi } from "@millrace/protocol/testing/fake-agent-api";
import { speakForAdopted } from "./speak-for-adopted.ts";
import { writeSpec } from "../files/worker-directory.ts";

const ATTEMPT = { runId: "run-1", attempt: 1 };
const RUN_TOKEN = "mrr_test";

let api: FakeAgentApi;
let directory: string;
let connections: AgentApiConnections;
let released: AbortController;
beforeEach(async () => {
  api = await startFakeAgentApi();
  directory = mkdtempSync(join(tmpdir(), "millrace-adopted-"));
  connections = openAgentApiConnections(api.url);
  released = new AbortController();
  writeSpec(directory, { ...ATTEMPT, runToken: RUN_TOKEN, agentApiUrl: api.url });
  writeWorkerId(directory, "w1");
  await beginAttempt();
});
afterEach(async () => {
  released.abort();
  createAgentApiClient(api.url, RUN_TOKEN, connections).close();
  await api[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** As the agent before did it, whose courier the worker had. */
async function beginAttempt(): Promise<void> {
  const worker = { workerId: "w1", place: "1@here", agentId: "a", codeDigest: null };
  const client = createAgentApiClient(api.url, RUN_TOKEN);
  const lent = createCourier(client, ATTEMPT, worker, directory, { onDirective() {}, onNotice() {} });
  await lent.startAttempt();
  lent.abandon();
  client.close();
}

function speak(ended: Promise<unknown> = new Promise(() => {})): Promise<void> {
  const host = {
    clock: systemClock,
    logger: pino({ level: "silent" }),
    connectionsTo: () => connections,
    released: released.signal,
  };
  return speakForAdopted(host, ATTEMPT, "process 1", directory, ended);
}

test("what a worker has written before its agent died is delivered, and that it lives is said, until it has its own courier", async () => {
  const journal = openEventJournal(
    directory,
    () => {},
    () => {},
  );
  journal.append({ type: "LOG", timestamp: 1, message: "before", stepKey: null, level: "INFO" });
  journal.close();
  const speaking = speak();

  await api.until(() => api.runs.attemptOf("run-1", 1).events.length === 1);
  await api.untilCall("AttemptHeartbeat", ({ workerId }) => workerId === "w1");
  noteOwnCourier(directory);

  await expect(speaking).resolves.toBeUndefined();
}, 20_000);

test("nobody speaks for a worker that has its own courier, whose spec is lost, or that has ended", async () => {
  const before = api.calls.length;
  const ended = Promise.resolve();
  await speak(ended);
  noteOwnCourier(directory);
  await speak();
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  writeFileSync(join(directory, "worker-id"), "w1");
  await speak();

  expect(api.calls.slice(before).map(({ operation }) => operation)).not.toContain("AttemptHeartbeat");
});
