import { expect } from "vitest";

import { systemClock, type Clock } from "@millrace/model/time/clock";
import { stalenessDaemon } from "../assets/stale-sets/staleness-daemon.ts";
import { tickOnce } from "../daemons/tick-once.ts";
import type { Db } from "../database/connect.ts";
import { createTestContext } from "./test-context.ts";
import { TEST_DEPLOYMENT } from "./test-runs.ts";

/**
 * For tests: has the daemon find out which partitions are stale, in as many ticks as it takes. It begins when the transactions have
 * ended that it found under way, those of other tests among them.
 */
export async function tickStaleness(db: Db, clock: Clock = systemClock): Promise<void> {
  const duty = { daemon: stalenessDaemon, deploymentId: TEST_DEPLOYMENT };
  for (let goesOn = true; goesOn;) {
    const report = await tickOnce(duty, createTestContext(db, { clock }), "replica");
    expect(report).toMatchObject({ error: null, outcome: "done" });
    goesOn = report.nextInMs < stalenessDaemon.intervalMs;
  }
}
