import { pino } from "pino";
import { systemIds } from "@millrace/model/randomness";
import { systemClock } from "@millrace/model/time/clock";
import type { Db } from "../database/connect.ts";
import type { ServerContext } from "../context/server-context.ts";
import { createWakeBus } from "../wake/wake-bus.ts";
import { createClaimDesk } from "../claims/claim-desk.ts";
import { TEST_LOGS } from "./memory-log-storage.ts";

/** For tests: a context that logs nothing, on a bus that only the test wakes, with changes. */
export function createTestContext(db: Db, change: Partial<ServerContext> = {}): ServerContext {
  return {
    db,
    bus: createWakeBus(change.clock ?? systemClock),
    logs: TEST_LOGS,
    claims: createClaimDesk(),
    logger: pino({ level: "silent" }),
    clock: systemClock,
    ids: systemIds,
    pageUrl: () => "http://page.test",
    ...change,
  };
}
