import type { Logger } from "pino";
import type { Ids } from "@millrace/model/randomness";
import type { Clock } from "@millrace/model/time/clock";
import type { Db } from "../database/connect.ts";
import type { WakeBus } from "../wake/wake-bus.ts";
import type { ClaimDesk } from "../claims/claim-desk.ts";
import type { LogStorage } from "../logs/storage/log-storage.ts";

/** What every part of a control plane works with. */
export interface ServerContext {
  readonly db: Db;
  readonly bus: WakeBus;
  /** Where the bytes of output are. */
  readonly logs: LogStorage;
  /** The claims of agents that this replica holds. */
  readonly claims: ClaimDesk;
  readonly logger: Logger;
  /** This replica's time. What is stored, or compared with what is stored, goes by the database's `now()` instead. */
  readonly clock: Clock;
  readonly ids: Ids;
  /** Where people reach the page, such as `https://millrace.example`, without a slash at the end. */
  readonly pageUrl: () => string;
}
