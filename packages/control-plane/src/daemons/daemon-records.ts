import type { Logger } from "pino";
import { isConnectionFailure } from "../database/connection-failure.ts";
import type { Duty } from "./daemon.ts";
import type { TickReport } from "./tick-once.ts";

/** How a daemon fares at its place, since this replica started. */
export interface DaemonRecord {
  readonly duty: Duty;
  /** When its last tick began, by the replica's monotonic clock. */
  readonly lastTickedMs: number;
  readonly ticks: number;
  readonly failures: number;
  readonly lastTickMs: number;
  readonly longestTickMs: number;
  /** How long after it was due the last tick began, and the one that was latest. */
  readonly lastLatenessMs: number;
  readonly longestLatenessMs: number;
  /** Whether the last tick failed. */
  readonly isFailing: boolean;
  /** Null: none has failed. */
  readonly lastError: { readonly error: Error; readonly atMs: number } | null;
}

/** Counts and times the ticks of a replica. */
export interface DaemonRecords {
  /**
   * @param latenessMs how long after it was due the tick began.
   * @returns whether the daemon has begun to fail, or works again.
   */
  note(report: TickReport, latenessMs: number): boolean;
  forget(duty: Duty): void;
  list(): DaemonRecord[];
}

/**
 * Counts, times and logs ticks: a daemon that begins to fail at a place is logged once, and once when it works again; that the
 * database can't be reached is logged once for all of them.
 */
export function createDaemonRecords(logger: Logger): DaemonRecords {
  const records = new Map<string, DaemonRecord>();
  let isDatabaseAway = false;

  function log(report: TickReport, wasFailing: boolean): void {
    const { daemon, deploymentId } = report.duty;
    const fields = { daemon: daemon.name, ...(deploymentId === null ? {} : { deployment: deploymentId }) };
    if (report.error === null) {
      if (isDatabaseAway) logger.info("the daemons reach the database again");
      else if (wasFailing) logger.info(fields, "the daemon works again");
      isDatabaseAway = false;
    } else if (isConnectionFailure(report.error)) {
      if (!isDatabaseAway)
        logger.error({ reason: report.error.message }, "the daemons can't reach the database");
      isDatabaseAway = true;
    } else if (!wasFailing) {
      logger.error({ ...fields, err: report.error }, "a daemon's tick failed");
    }
  }

  return {
    note(report, latenessMs) {
      if (report.outcome === "elsewhere") return false;
      const before = records.get(keyOf(report.duty));
      const wasFailing = before?.isFailing ?? false;
      const isFailing = report.error !== null;
      log(report, wasFailing);
      records.set(keyOf(report.duty), {
        duty: report.duty,
        lastTickedMs: report.startedMs,
        ticks: (before?.ticks ?? 0) + 1,
        failures: (before?.failures ?? 0) + (isFailing ? 1 : 0),
        lastTickMs: report.tookMs,
        longestTickMs: Math.max(before?.longestTickMs ?? 0, report.tookMs),
        lastLatenessMs: latenessMs,
        longestLatenessMs: Math.max(before?.longestLatenessMs ?? 0, latenessMs),
        isFailing,
        lastError:
          report.error === null
            ? (before?.lastError ?? null)
            : { error: report.error, atMs: report.startedMs + report.tookMs },
      });
      return isFailing !== wasFailing;
    },
    forget: (duty) => void records.delete(keyOf(duty)),
    list: () => [...records.values()],
  };
}

function keyOf({ daemon, deploymentId }: Duty): string {
  return JSON.stringify([daemon.name, deploymentId]);
}
