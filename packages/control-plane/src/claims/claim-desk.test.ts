import { systemClock, type Clock } from "@millrace/model/time/clock";
import { expect, test } from "vitest";
import { createClaimDesk } from "./claim-desk.ts";

const ITEM = { id: "1", kind: "launch_run", payload: {}, deliveries: 1 };
const claimOf = (agentId: string, queues = ["default"]) => ({ deploymentId: "d", agentId, queues, max: 5 });

test("the claim that has been open longest is taken, of those for the queue and deployment", async () => {
  const desk = createClaimDesk();
  desk.open(claimOf("elsewhere", ["gpu"]));
  const first = desk.open(claimOf("first", ["gpu", "default"]));
  desk.open(claimOf("second"));
  using handOver = desk.handOver();

  expect(handOver.take("another", "default")).toBeNull();
  expect(handOver.take("d", "default")?.agentId).toBe("first");
  handOver.put(ITEM);
  expect(handOver.take("d", "default")?.agentId).toBe("second");
  expect(handOver.take("d", "default")).toBeNull();
  expect(handOver.take("d", "gpu")?.agentId).toBe("elsewhere");

  expect(first.decided.aborted).toBe(false);
  expect(handOver.give()).toEqual([]);
  expect(first.decided.aborted).toBe(true);
  expect(await first.close(systemClock)).toBe(ITEM);
});

test("what comes to nothing gives the claim back its wait, and nothing else", async () => {
  const desk = createClaimDesk();
  const open = desk.open(claimOf("a"));
  {
    using handOver = desk.handOver();
    handOver.take("d", "default");
    handOver.put(ITEM);
  }

  expect(open.decided.aborted).toBe(true);
  expect(await open.close(systemClock)).toBeNull();
});

test("a claim that is closed can't be taken", async () => {
  const desk = createClaimDesk();
  expect(await desk.open(claimOf("a")).close(systemClock)).toBeNull();

  using handOver = desk.handOver();
  expect(handOver.take("d", "default")).toBeNull();
});

test("a claim waits for who has taken it, but not for ever; what it is given then is told back", async () => {
  const desk = createClaimDesk();
  const patient = desk.open(claimOf("patient"));
  const impatient = desk.open(claimOf("impatient"));
  const hasty: Clock = { ...systemClock, sleep: () => Promise.resolve() };
  using handOver = desk.handOver();
  for (const item of [ITEM, { ...ITEM, id: "2" }]) {
    handOver.take("d", "default");
    handOver.put(item);
  }

  const waits = patient.close(systemClock);
  expect(await impatient.close(hasty)).toBeNull();

  expect(handOver.give()).toMatchObject([{ claim: { agentId: "impatient" }, item: { id: "2" } }]);
  expect(await waits).toBe(ITEM);
});
