import { expect, test } from "vitest";
import { exitCounts } from "./exit-counts.ts";

const BEGUN = { worker: { workerId: "w1", place: "7@host" }, agentId: "y" };
const WAITING = { worker: {}, agentId: null };

test("the worker that began the attempt ends it, whichever agent tells", () => {
  expect(exitCounts({ agentId: "x", workerId: "w1" }, BEGUN, null)).toBe(true);
});

test("another worker does not, not even one of the same agent", () => {
  expect(exitCounts({ agentId: "x", workerId: "w2" }, BEGUN, null)).toBe(false);
  expect(exitCounts({ agentId: "y", workerId: "w2" }, BEGUN, null)).toBe(false);
});

test("of a worker whose id nobody knows, the agent that launched the attempt's worker is believed", () => {
  expect(exitCounts({ agentId: "y", workerId: null }, BEGUN, null)).toBe(true);
  expect(exitCounts({ agentId: "x", workerId: null }, BEGUN, "x")).toBe(false);
});

test("an attempt that no worker has begun ends with the worker of the agent that holds its launch", () => {
  expect(exitCounts({ agentId: "x", workerId: "w1" }, WAITING, "x")).toBe(true);
  expect(exitCounts({ agentId: "x", workerId: null }, WAITING, "x")).toBe(true);
});

test("and not while the launch waits for its next delivery, or another agent has it", () => {
  expect(exitCounts({ agentId: "x", workerId: "w1" }, WAITING, null)).toBe(false);
  expect(exitCounts({ agentId: "x", workerId: "w1" }, WAITING, "y")).toBe(false);
});
