import { expect, test } from "vitest";
import { exitCounts } from "./exit-counts.ts";

const BEGUN = { worker: { workerId: "w1", place: "7@host" }, agentId: "y", nextSequence: 2 };
const DIED = { how: "signaled" } as const;
const held = (agentId: string | null) => ({ agentId, isDone: false, startedFor: null });
const WAITING = { worker: {}, agentId: null, nextSequence: 0 };

test("the worker that began the attempt ends it, whichever agent tells", () => {
  expect(exitCounts({ agentId: "x", workerId: "w1", end: DIED }, BEGUN, null)).toBe(true);
});

test("another worker does not, not even one of the same agent", () => {
  expect(exitCounts({ agentId: "x", workerId: "w2", end: DIED }, BEGUN, null)).toBe(false);
  expect(exitCounts({ agentId: "y", workerId: "w2", end: DIED }, BEGUN, null)).toBe(false);
});

test("of a worker whose id nobody knows, the agent that launched the attempt's worker is believed", () => {
  expect(exitCounts({ agentId: "y", workerId: null, end: DIED }, BEGUN, null)).toBe(true);
  expect(exitCounts({ agentId: "x", workerId: null, end: DIED }, BEGUN, held("x"))).toBe(false);
});

test("an attempt that no worker has begun ends with the worker of the agent that holds its launch", () => {
  expect(exitCounts({ agentId: "x", workerId: "w1", end: DIED }, WAITING, held("x"))).toBe(true);
  expect(exitCounts({ agentId: "x", workerId: null, end: DIED }, WAITING, held("x"))).toBe(true);
});

test("and not while the launch waits for its next delivery, or another agent has it", () => {
  expect(exitCounts({ agentId: "x", workerId: "w1", end: DIED }, WAITING, held(null))).toBe(false);
  expect(exitCounts({ agentId: "x", workerId: "w1", end: DIED }, WAITING, held("y"))).toBe(false);
});

test("a worker that never started ends nothing while its launch is still to be done, and the attempt once it is", () => {
  const never = { agentId: "x", workerId: null, end: { how: "never_started" } } as const;
  expect(exitCounts(never, WAITING, held("x"))).toBe(false);
  expect(exitCounts(never, WAITING, { ...held("x"), isDone: true })).toBe(true);
  expect(exitCounts(never, { ...BEGUN, agentId: "x" }, held("x"))).toBe(true);
});

test("a worker for which the launch began the attempt ends nothing either, if it died before it had said anything", () => {
  const never = { agentId: "x", workerId: "w1", end: { how: "never_started" } } as const;
  const launch = { ...held("x"), startedFor: "w1" };
  const silent = { ...BEGUN, nextSequence: 0 };
  expect(exitCounts(never, silent, launch)).toBe(false);
  expect(exitCounts(never, silent, { ...launch, isDone: true })).toBe(true);
  expect(exitCounts(never, BEGUN, launch)).toBe(true);
  expect(exitCounts({ ...never, end: DIED }, silent, launch)).toBe(true);
});
