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
  expect(handOver.take("d", "default")?.claim.agentId).toBe("first");
  handOver.put(ITEM);
  expect(handOver.take("d", "default")?.claim.agentId).toBe("second");
  expect(handOver.take("d", "default")).toBeNull();
  expect(handOver.take("d", "gpu")?.claim.agentId).toBe("elsewhere");

  expect(first.decided.aborted).toBe(false);
  expect(handOver.give()).toEqual([]);
  expect(first.decided.aborted).toBe(true);
  expect(await first.close(systemClock)).toBe(ITEM);
});

test("a claim that offers a worker of the code is taken before others, whichever of its workers that is", async () => {
  const desk = createClaimDesk();
  const code = { locationName: "shop", revision: 2, codeDigest: "c2" };
  const offer = { ...code, workerId: "w", place: "7@host" };
  desk.open({ ...claimOf("old"), offers: [{ ...offer, revision: 1, codeDigest: "c1" }] });
  desk.open({ ...claimOf("fitting"), offers: [{ ...offer, locationName: "bank" }, offer] });
  using handOver = desk.handOver();

  expect(handOver.take("d", "default", code)).toMatchObject({ claim: { agentId: "fitting" }, offer });
  expect(handOver.take("d", "default", code)).toMatchObject({ claim: { agentId: "old" }, offer: null });
});

test("of one agent the newest claim is open, and an earlier one is told, unless somebody has taken it", async () => {
  const desk = createClaimDesk();
  const earlier = desk.open(claimOf("a"));
  desk.open({ ...claimOf("a"), deploymentId: "another" });
  desk.open(claimOf("b"));
  expect(earlier.isOutdated).toBe(false);
  using handOver = desk.handOver();

  const newer = desk.open({ ...claimOf("a"), max: 7 });
  expect(earlier.decided.aborted && earlier.isOutdated).toBe(true);
  expect(await earlier.close(systemClock)).toBeNull();
  expect(handOver.take("d", "default")?.claim.agentId).toBe("b");
  expect(handOver.take("d", "default")?.claim.max).toBe(7);
  desk.open(claimOf("a"));
  expect(newer.isOutdated).toBe(false);
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
