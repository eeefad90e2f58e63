import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { reapWork, renewWorkLeases } from "../work/reap-work.ts";
import { renewAttemptLeases } from "../runs/attempts/attempt-store.ts";
import { failLostAttempts } from "../runs/attempts/end-attempt.ts";
import { endOverdueRuns, limitedRuns } from "../runs/ending/run-timeout.ts";
import type { Daemon, DaemonContext } from "./daemon.ts";

const INTERVAL_MS = 5_000;
/** A longer pause between two ticks means that we, or the database, were away: nobody could extend a lease in that time. */
const MAX_GAP_MS = 2 * INTERVAL_MS;
/** Shortest pause, so that a row that stays due does not keep us busy. */
const MIN_PAUSE_MS = 250;

/**
 * Notices what is dead: workers and agents whose leases have ended, work that nobody took until its deadline; and runs that take
 * longer than they may. It never judges
 * time in which the control plane or the database was away; after such a gap every lease begins anew.
 */
export function createMonitorDaemon(): Daemon {
  let lastTickMs = -Infinity;

  async function tick({ db, logger, clock }: DaemonContext): Promise<number> {
    const gapMs = clock.monotonic() - lastTickMs;
    if (gapMs > MAX_GAP_MS) {
      await renewAttemptLeases(db);
      await renewWorkLeases(db);
    }
    const due = await findDue(db);
    if (due.attemptMs !== null && due.attemptMs <= 0) {
      for (const lost of await failLostAttempts(db))
        logger.warn(lost, "a worker gave no sign of life until its lease was over");
    }
    if (due.workMs !== null && due.workMs <= 0) await reapWork(db);
    if (due.runMs !== null && due.runMs <= 0) {
      for (const runId of await endOverdueRuns(db)) logger.warn({ runId }, "a run took longer than it may");
    }
    lastTickMs = clock.monotonic();
    return selectPauseMs(due);
  }

  return { name: "monitor", topics: [], intervalMs: INTERVAL_MS, tick };
}

interface Due {
  /** Milliseconds until the first lease of an attempt ends; null: there is none. */
  readonly attemptMs: number | null;
  /** Milliseconds until the first work item's lease or deadline ends. */
  readonly workMs: number | null;
  /** Milliseconds until the time of the first run that has a limit is over. */
  readonly runMs: number | null;
}

async function findDue(db: Db): Promise<Due> {
  const result = await sql<Due>`
    select extract(epoch from attempt.due - now())::float8 * 1000 as "attemptMs",
      extract(epoch from least(claimed.due, pending.due) - now())::float8 * 1000 as "workMs",
      extract(epoch from limited.due - now())::float8 * 1000 as "runMs"
    from (select min(lease_until) as due from run_attempt where state in ('assigned', 'running')) attempt,
      (select min(lease_until) as due from work_item where state = 'claimed') claimed,
      (select min(deadline) as due from work_item where state = 'pending') pending,
      (select min(due) as due from ${limitedRuns} runs) limited`.execute(db);
  return result.rows[0] ?? { attemptMs: null, workMs: null, runMs: null };
}

function selectPauseMs({ attemptMs, workMs, runMs }: Due): number {
  const first = Math.min(attemptMs ?? Infinity, workMs ?? Infinity, runMs ?? Infinity, INTERVAL_MS);
  return Math.max(MIN_PAUSE_MS, first);
}
