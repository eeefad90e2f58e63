import { sql } from "kysely";
import type { ServerContext } from "../context/server-context.ts";
import { isConnectionFailure } from "../database/connection-failure.ts";
import type { Db } from "../database/connect.ts";
import type { Daemon, DeploymentDaemon, Duty } from "./daemon.ts";

/** Milliseconds between two looks when nothing is due earlier. */
const LOOK_MS = 5_000;
/** Shortest pause between two looks. */
const MIN_PAUSE_MS = 250;
/** Pause after a look that failed, as when the database is away. */
const RETRY_MS = 1_000;
/** Who has not looked for this long was away: what fell due meanwhile may be his own fault. */
const AWAY_AFTER_MS = 2 * LOOK_MS;

/**
 * Has a daemon tick at its place.
 *
 * @param wasAway whether what is due may only be so because nobody was there.
 * @param dueForMs since how many milliseconds something is due that was not at the last look.
 */
type WakeDuty = (wasAway: boolean, dueForMs: number) => void;

/**
 * Looks for all daemons of a replica and all deployments at once whether something is due: one statement every five seconds, however
 * many there are of both.
 */
export interface DueWatch {
  /** Wakes a daemon at its place whenever something of its `dues` is due there, until disposed of. Nothing for daemons without. */
  add(duty: Duty, wake: WakeDuty): Disposable;
  /** Looks until `signal` aborts. */
  run(context: ServerContext, signal: AbortSignal): Promise<void>;
}

type WatchedDaemon = DeploymentDaemon & { readonly dues: NonNullable<DeploymentDaemon["dues"]> };

export function createDueWatch(daemons: readonly Daemon[]): DueWatch {
  const watched = daemons.filter(isWatched);
  const wakes = new Map<string, WakeDuty>();
  let stillDue: ReadonlySet<string> = new Set();
  let isFailing = false;

  function wakeAll(wasAway: boolean): void {
    for (const wake of wakes.values()) wake(wasAway, 0);
  }

  /** Wakes whose time has come. Returns the milliseconds until the next look. */
  async function look(db: Db, wasAway: boolean): Promise<number> {
    const dues = await readDues(db, watched);
    if (wasAway) wakeAll(true);
    const due = new Set<string>();
    let pauseMs = LOOK_MS;
    for (const { daemon, deployment, ms } of dues) {
      const key = keyOf(daemon, deployment);
      if (ms <= 0) due.add(key);
      if (ms <= 0 && !wasAway) wakes.get(key)?.(false, stillDue.has(key) ? 0 : -ms);
      // What stays due though its daemon has been told is no reason to look more often.
      if (ms > 0 || !stillDue.has(key)) pauseMs = Math.min(pauseMs, Math.max(MIN_PAUSE_MS, ms));
    }
    stillDue = due;
    return pauseMs;
  }

  return {
    add({ daemon, deploymentId }, wake) {
      if (!isWatched(daemon)) return { [Symbol.dispose]() {} };
      const key = keyOf(daemon.name, deploymentId ?? "");
      wakes.set(key, wake);
      return { [Symbol.dispose]: () => void wakes.delete(key) };
    },
    async run({ db, clock, logger }, signal) {
      if (watched.length === 0) return;
      let lookedAt = -Infinity;
      while (!signal.aborted) {
        const startedAt = clock.monotonic();
        let pauseMs = RETRY_MS;
        try {
          pauseMs = await look(db, startedAt - lookedAt > AWAY_AFTER_MS);
          lookedAt = startedAt;
          isFailing = false;
        } catch (error) {
          // That the database is away is told of by the ticks.
          if (!isFailing && !isConnectionFailure(error) && !signal.aborted)
            logger.error(
              { err: error },
              "could not look for what is due: daemons look for themselves, less often",
            );
          isFailing = true;
        }
        await clock.sleep(pauseMs, signal);
      }
    },
  };
}

interface Due {
  readonly daemon: string;
  readonly deployment: string;
  /** Milliseconds until then. */
  readonly ms: number;
}

async function readDues(db: Db, daemons: readonly WatchedDaemon[]): Promise<readonly Due[]> {
  const all = daemons.map(
    ({ name, dues }) => sql`select ${name}::text, deployment_id, due from (${dues}) dues`,
  );
  const { rows } = await sql<Due>`
    select daemon, deployment, extract(epoch from min(due) - now())::float8 * 1000 as ms
    from (${sql.join(all, sql` union all `)}) dues (daemon, deployment, due) where due is not null group by daemon, deployment`.execute(
    db,
  );
  return rows;
}

function isWatched(daemon: Daemon): daemon is WatchedDaemon {
  return daemon.of === "deployment" && daemon.dues !== undefined;
}

function keyOf(daemon: string, deploymentId: string): string {
  return JSON.stringify([daemon, deploymentId]);
}
