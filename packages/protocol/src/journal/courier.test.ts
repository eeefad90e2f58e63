import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "@millrace/model/run-event";
import { MAX_EVENT_BYTES } from "@millrace/model/shrink-event";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAgentApiClient, type AgentApiClient } from "../agent-api-client.ts";
import type { Directive } from "../agent-api.gen.ts";
import { ControlPlaneGone, createCourier, type Courier } from "./courier.ts";
import { deliverRemainder } from "./deliver-remainder.ts";
import { openEventJournal, type EventJournal } from "./event-journal.ts";
import { startFakeAgentApi, type FakeAgentApi } from "../testing/fake-agent-api.ts";
import type { StoredAttempt } from "../testing/fake-runs.ts";
import { eventsPath, logPath, readDelivered } from "./worker-files.ts";

const ATTEMPT = { runId: "run-1", attempt: 1, workerId: "w4711" };
const onNotice = (message: string) => notices.push(message);
const WORKER = { workerId: "w4711", place: "4711@here", agentId: "agent-1", codeDigest: "c0de" };

let api: FakeAgentApi;
let client: AgentApiClient;
let directory: string;
let courier: Courier;
let journal: EventJournal;
let directives: Directive[];
let notices: string[];
let stuck: number;

beforeEach(async () => {
  api = await startFakeAgentApi();
  client = createAgentApiClient(api.url, "mrr_test");
  directory = mkdtempSync(join(tmpdir(), "millrace-journal-"));
  directives = [];
  notices = [];
  stuck = 0;
  const listener = {
    onDirective: (d: Directive) => directives.push(d),
    onNotice: (n: string) => notices.push(n),
    onStuck: () => void stuck++,
  };
  courier = createCourier(client, ATTEMPT, WORKER, directory, listener, {
    heartbeatMs: 50,
    giveUpMs: 60_000,
    blockedMs: 150,
    stopGraceMs: 300,
  });
  journal = openEventJournal(
    directory,
    () => courier.poke(),
    () => {},
  );
});

afterEach(async () => {
  journal.close();
  client.close();
  await api[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function log(message: string): RunEvent {
  return { type: "LOG", timestamp: 1, message, stepKey: null, level: "INFO" };
}

function stored(): StoredAttempt {
  return api.runs.attemptOf(ATTEMPT.runId, ATTEMPT.attempt);
}

function messages(): unknown[] {
  return stored().events.map((event) => event["message"]);
}

test("events arrive in order, each once, also through cuts and server errors", async () => {
  await courier.startAttempt();
  courier.deliver();
  api.faults.push("cut_after", "500", "cut_before", "cut_after");

  for (let i = 0; i < 20; i++) journal.append(log(`event ${i}`));
  await courier.complete();

  expect(messages()).toEqual(Array.from({ length: 20 }, (_, i) => `event ${i}`));
  expect(stored().started).toMatchObject({ ...ATTEMPT, ...WORKER });
  expect(readDelivered(directory)).toEqual({ nextSequence: 20, stdout: 0, stderr: 0, marks: 0 });
});

test("the first event does not wait for more, what gathers while it is under way leaves as one batch", async () => {
  await courier.startAttempt();
  courier.deliver();
  const release = api.hold();

  journal.append(log("first"));
  await api.untilCall("AppendEvents");
  for (let i = 0; i < 700; i++) journal.append(log(`later ${i}`));
  release();
  await courier.complete();

  expect(api.runs.batches).toEqual([1, 500, 200]);
});

test("what a run says that is over in a moment leaves as one batch", async () => {
  await courier.startAttempt();
  courier.deliver();

  journal.append(log("first"));
  // The courier has heard of it, and no time has passed.
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => process.nextTick(resolve));
  journal.append(log("second"));
  journal.append(log("last"));
  await courier.complete();

  expect(api.runs.batches).toEqual([3]);
});

test("an event larger than a request arrives with its first rows, and travels alone", async () => {
  await courier.startAttempt();
  courier.deliver();
  const release = api.hold();
  const records = Array.from({ length: 100_000 }, (_, id) => ({ id, name: `row ${id}` }));

  journal.append(log("first"));
  await api.untilCall("AppendEvents");
  journal.append(log("small"));
  journal.append({
    ...log("Materialized asset a"),
    type: "ASSET_MATERIALIZATION",
    stepKey: "a",
    assetKey: "a",
    partition: null,
    tags: {},
    dataVersion: null,
    metadata: { preview: { type: "table", columns: [], records } },
  });
  journal.append(log("small again"));
  release();
  await courier.complete();

  expect(api.runs.batches).toEqual([1, 1, 1, 1]);
  expect(messages()).toEqual(["first", "small", "Materialized asset a", "small again"]);
  const made = stored().events[2];
  expect(JSON.stringify(made).length).toBeLessThan(MAX_EVENT_BYTES);
  expect(made).toMatchObject({
    type: "ASSET_MATERIALIZATION",
    metadata: { preview: { records: expect.arrayContaining([{ id: 99, name: "row 99" }]) } },
  });
});

test("a control plane that has more or less than this courier knows decides where it goes on", async () => {
  stored().events.push(log("event 0") as never, log("event 1") as never);
  await courier.startAttempt();
  courier.deliver();
  for (let i = 0; i < 5; i++) journal.append(log(`event ${i}`));
  await api.until(() => stored().events.length === 5);

  stored().events.length = 3; // A database restored from a backup.
  journal.append(log("event 5"));
  await courier.complete();

  expect(messages()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `event ${i}`));
});

test("a malformed event is replaced by a word about it and holds nothing up", async () => {
  api.runs.refuseEvent = (event) => (event["message"] === "bad" ? "`events[0].message` is bad" : null);
  await courier.startAttempt();
  courier.deliver();

  for (const message of ["a", "b", "bad", "c", "bad", "d"]) journal.append(log(message));
  await courier.complete();

  expect(messages()).toEqual([
    "a",
    "b",
    "The control plane refused event 2 (LOG): `events[0].message` is bad",
    "c",
    "The control plane refused event 4 (LOG): `events[0].message` is bad",
    "d",
  ]);
  expect(stored().events[2]).toMatchObject({ type: "ENGINE_EVENT", error: { code: "event_refused" } });
});

test("output arrives as it is written, in order and whole", async () => {
  await courier.startAttempt();
  courier.deliver();
  writeFileSync(logPath(directory, "stdout"), "first line\n");
  await api.until(() => stored().logs.stdout.toString() === "first line\n");

  api.faults.push("cut_after");
  appendFileSync(logPath(directory, "stdout"), "second line\n");
  writeFileSync(logPath(directory, "stderr"), "e".repeat(600_000));
  await courier.complete();

  expect(stored().logs.stdout.toString()).toBe("first line\nsecond line\n");
  expect(stored().logs.stderr.length).toBe(600_000);
  expect(readDelivered(directory)).toEqual({ nextSequence: 0, stdout: 23, stderr: 600_000, marks: 0 });
});

test("marks arrive before the output that they tell of", async () => {
  await courier.startAttempt();
  courier.deliver();
  api.faults.push("cut_before", "500");
  writeFileSync(logPath(directory, "marks"), "stdout 0 load\n");
  writeFileSync(logPath(directory, "stdout"), "a line\n");
  await api.until(() => stored().logs.stdout.length > 0);

  expect(stored().logs.marks.toString()).toBe("stdout 0 load\n");
  await courier.complete();
});

test("all output is there when the event that ends the run arrives", async () => {
  await courier.startAttempt();
  courier.deliver();
  writeFileSync(logPath(directory, "stdout"), "a line\n");
  await api.until(() => stored().logs.stdout.length > 0);

  appendFileSync(logPath(directory, "stdout"), "x".repeat(500_000));
  journal.append({ type: "RUN_SUCCESS", timestamp: 1, message: "done" });
  await api.until(() => stored().events.length === 1);

  expect(stored().logs.stdout.length).toBe(500_007);
  await courier.complete();
});

test("output that is refused is told of, and holds no event up", async () => {
  api.runs.refuseLogs = true;
  await courier.startAttempt();
  courier.deliver();

  writeFileSync(logPath(directory, "stdout"), "too much");
  await expect
    .poll(() => notices)
    .toEqual([expect.stringContaining("stdout from byte 0 on: no more output is kept")]);
  journal.append({ type: "RUN_SUCCESS", timestamp: 1, message: "done" });
  await courier.complete();

  expect(messages()).toEqual(["done"]);
});

test("a silent worker says that it lives, and hears a cancellation once", async () => {
  await courier.startAttempt();
  courier.deliver();
  await api.untilCall("AttemptHeartbeat");

  api.runs.directive = "CANCEL";
  await expect.poll(() => directives).toEqual(["CANCEL"]);
  journal.append(log("still delivered"));
  await courier.complete();

  expect(directives).toEqual(["CANCEL"]);
  expect(messages()).toEqual(["still delivered"]);
});

test("a superseded attempt is told so and sends no more", async () => {
  await courier.startAttempt();
  courier.deliver();

  api.runs.refuseAll = "attempt_superseded";
  journal.append(log("too late"));
  await expect.poll(() => directives).toEqual(["SUPERSEDED"]);

  await expect(courier.complete()).rejects.toMatchObject({ code: "attempt_superseded" });
  expect(stored().events).toEqual([]);
});

test("an attempt that may not start learns it", async () => {
  api.runs.directive = "SUPERSEDED";

  expect(await courier.startAttempt()).toBe("SUPERSEDED");
});

test("what a dead worker left is delivered, but for the line it did not finish", async () => {
  for (let i = 0; i < 3; i++) journal.append(log(`event ${i}`));
  appendFileSync(eventsPath(directory), '{"sequence":3,"event":{"ty');
  writeFileSync(logPath(directory, "stderr"), "last words");
  api.faults.push("500");

  const directive = await deliverRemainder(
    client,
    ATTEMPT,
    directory,
    onNotice,
    new AbortController().signal,
  );

  expect(directive).toBe("CONTINUE");
  expect(messages()).toEqual(["event 0", "event 1", "event 2"]);
  expect(stored().logs.stderr.toString()).toBe("last words");
});

test("nothing is asked when a dead worker had delivered everything", async () => {
  await courier.startAttempt();
  courier.deliver();
  journal.append(log("only"));
  await courier.complete();
  const before = api.calls.length;

  await deliverRemainder(client, ATTEMPT, directory, onNotice, new AbortController().signal);

  expect(api.calls.length).toBe(before);
});

test("a damaged line keeps its place in the journal", async () => {
  writeFileSync(eventsPath(directory), `not json\n${JSON.stringify({ sequence: 1, event: log("fine") })}\n`);

  await deliverRemainder(client, ATTEMPT, directory, onNotice, new AbortController().signal);

  expect(messages()).toEqual([expect.stringContaining("could not be read back"), "fine"]);
});

test("an agent that stops gives up a delivery that the control plane does not answer", async () => {
  journal.append(log("event"));
  const stop = new AbortController();
  api.faults.push("500", "500", "500");

  const delivery = deliverRemainder(client, ATTEMPT, directory, onNotice, stop.signal);
  await api.until(() => api.calls.length > 0);
  stop.abort(new Error("stopping"));

  await expect(delivery).rejects.toThrow("stopping");
});

test("a folder that takes no more does not end the delivery; it is told once, with the reason", async () => {
  // As on a full disk, but for this file alone.
  mkdirSync(join(directory, "delivered.json.new"));
  await courier.startAttempt();
  courier.deliver();
  for (let i = 0; i < 3; i++) journal.append(log(`event ${i}`));
  appendFileSync(logPath(directory, "stdout"), "and output");
  await courier.complete();

  expect(messages()).toEqual(["event 0", "event 1", "event 2"]);
  expect(stored().logs.stdout.toString()).toBe("and output");
  expect(notices).toEqual([expect.stringMatching(/can't be written, the run goes on: .*EISDIR/)]);
});

test("delivered output is given back to the disk, and what comes after it arrives where it belongs", async () => {
  const stdout = logPath(directory, "stdout");
  const bytes = 12 * 1024 * 1024;
  writeFileSync(stdout, "x".repeat(bytes));
  await courier.startAttempt();
  courier.deliver();
  await expect.poll(() => statSync(stdout).blocks * 512, { timeout: 20_000 }).toBeLessThan(bytes / 2);

  expect(statSync(stdout).size).toBe(bytes);
  appendFileSync(stdout, "the end");
  await courier.complete();
  expect(stored().logs.stdout.length).toBe(bytes + 7);
  expect(stored().logs.stdout.subarray(-10).toString()).toBe("xxxthe end");
  expect(stored().logs.stdout.includes(0)).toBe(false);
});

test("a worker gives up on a control plane that has not answered for so long, and leaves its journal", async () => {
  const listener = { onDirective: () => {}, onNotice: () => {} };
  const pace = { heartbeatMs: 50, giveUpMs: 300 };
  const patient = createCourier(client, ATTEMPT, WORKER, directory, listener, pace);
  await patient.startAttempt();
  patient.deliver();
  api.faults.push(...Array.from({ length: 1_000 }, () => "cut_before" as const));
  journal.append(log("kept"));

  await expect(patient.complete()).rejects.toThrow(ControlPlaneGone);
  expect(statSync(eventsPath(directory)).size).toBeGreaterThan(0);
  expect(messages()).toEqual([]);
});

test("a main thread that says nothing counts as blocked until it speaks again, though its processes go on", async () => {
  await courier.startAttempt();
  courier.deliver();

  await api.until(() => stored().blockedSeconds !== null);
  courier.hearWorker();
  await api.until(() => stored().blockedSeconds === null);

  expect(stuck).toBe(0);
});

test("why a worker can't write down what happens is told at once, and that it can again", async () => {
  await courier.startAttempt();
  courier.deliver();

  courier.hold("the disk is full");
  await api.until(() => stored().heldBy === "the disk is full");
  courier.hold(null);
  await api.until(() => stored().heldBy === null);

  expect(api.callsOf("AppendEvents")).toEqual([]);
});

test("a worker that was told to stop and never hears of it is told of as stuck, once; one that speaks is not", async () => {
  await courier.startAttempt();
  courier.deliver();
  api.runs.directive = "CANCEL";
  await api.until(() => directives.length > 0);
  for (let pulse = 0; pulse < 10; pulse++) {
    courier.hearWorker();
    await api.untilCall("AttemptHeartbeat");
  }
  expect(stuck).toBe(0);

  await expect.poll(() => stuck).toBe(1);
});
