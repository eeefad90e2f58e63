import { expect, test } from "vitest";
import { runChaos } from "../chaos/chaos.ts";

test("while replicas, agents, workers and the database are killed, nothing is lost or doubled and limits hold", async () => {
  const { findings, harm, ticks } = await runChaos({
    seed: 7,
    seconds: 8,
    launchEveryMs: 300,
    backfillEveryMs: 3_000,
    harmEveryMs: 500,
  });

  expect(findings.filter(({ broken }) => broken.length > 0)).toEqual([]);
  // That it was a test of something: code ran, and was harmed.
  const executed = findings.find(({ executions }) => executions !== undefined);
  expect(executed?.["executions"]).toBeGreaterThan(10);
  expect(ticks).toBeGreaterThan(1);
  expect(Object.values(harm).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
});
