import { sql } from "kysely";
import { parseRunEvent } from "@millrace/model/parse-run-event";
import type { RunsWatch, SensedRun } from "@millrace/model/sensed-events";
import type { Db } from "../database/connect.ts";
import type { RunEventCursor } from "./event-cursor.ts";
import { findStatusChanges } from "./status-changes.ts";

/** Status events that one evaluation looks at. */
const MAX_EVENTS = 500;

/** What a sensor has not seen yet, and its cursor then. */
export interface UnseenRuns {
  readonly events: readonly SensedRun[];
  readonly after: RunEventCursor;
}

/**
 * The runs that have come to a watched status after the cursor, oldest first; without a cursor the newest one. What does not
 * fit comes after the cursor that is answered.
 *
 * None is passed over: only events older than every transaction that may still write some are looked at, so one may have to
 * wait a moment for its turn.
 */
export async function listUnseenRuns(
  db: Db,
  deploymentId: string,
  locationName: string,
  watch: RunsWatch,
  cursor: RunEventCursor | null,
): Promise<UnseenRuns> {
  const settled = await findSettledInstant(db);
  const candidates = await listCandidates(db, deploymentId, locationName, watch, cursor, settled);
  const changes = await listChanges(db, candidates);
  const events = candidates.flatMap((candidate): SensedRun[] => {
    const { storedAt: _storedAt, position, ...run } = candidate;
    const change = changes.get(run.runId)?.find((each) => each.position === position);
    if (!change || !watch.statuses.includes(change.status)) return [];
    const { status, message, timestamp } = change;
    return [{ ...run, status, message, happenedAt: new Date(timestamp).toISOString() }];
  });
  return { events: cursor ? events : events.slice(-1), after: moveCursor(cursor, candidates, settled) };
}

/** Never back: a cursor that is ahead of what is settled just now stays. */
function moveCursor(
  cursor: RunEventCursor | null,
  candidates: readonly Candidate[],
  settled: string,
): RunEventCursor {
  const newest = candidates.at(-1);
  if (cursor && newest && candidates.length === MAX_EVENTS) {
    const { storedAt, runId, position } = newest;
    return { kind: "runs", storedAt, runId, position };
  }
  // Whatever is settled has been looked at; nobody needs to look at it again.
  return cursor && cursor.storedAt >= settled ? cursor : beforeInstant(settled);
}

interface Candidate extends Omit<SensedRun, "status" | "message" | "happenedAt"> {
  readonly storedAt: string;
  readonly position: number;
}

/** What the index of status events says; the planner has to find it in the query. */
const IS_STATUS_EVENT = sql`e.type in ('RUN_ENQUEUED', 'RUN_STARTING', 'RUN_START', 'RUN_WORKER_RETURNED', 'RUN_SUCCESS', 'RUN_FAILURE', 'RUN_CANCELING', 'RUN_CANCELED')`;

/** Events that may have brought runs of the watched jobs to a watched status, in the order of storing. */
async function listCandidates(
  db: Db,
  deploymentId: string,
  locationName: string,
  { statuses, jobs, allLocations }: RunsWatch,
  cursor: RunEventCursor | null,
  settled: string,
): Promise<Candidate[]> {
  const types = statuses.flatMap((status) => EVENTS_OF[status]);
  const order = cursor === null ? sql`desc` : sql`asc`;
  const { rows } = await sql<Candidate>`
    select * from (
      select r.id as "runId", r.location_name as "locationName", r.job_name as "jobName", r.partition_key as "partitionKey", r.tags,
        e.position, to_char(e.stored_at at time zone 'UTC', ${INSTANT}) as "storedAt"
      from run_event e join run r on r.id = e.run_id
      where e.deployment_id = ${deploymentId} and ${IS_STATUS_EVENT} and e.type = any(${types})
        and e.stored_at < ${settled}::timestamptz
        ${cursor === null ? sql`` : sql`and (e.stored_at, e.run_id, e.position) > (${cursor.storedAt}::timestamptz, ${cursor.runId}::uuid, ${cursor.position}::integer)`}
        ${allLocations ? sql`` : sql`and r.location_name = ${locationName}`}
        ${jobs === null ? sql`` : sql`and r.job_name = any(${jobs})`}
      order by e.stored_at ${order}, e.run_id ${order}, e.position ${order} limit ${MAX_EVENTS}
    ) found order by "storedAt", "runId", position`.execute(db);
  return rows;
}

const EVENTS_OF = {
  QUEUED: ["RUN_ENQUEUED"],
  STARTING: ["RUN_STARTING"],
  STARTED: ["RUN_START", "RUN_WORKER_RETURNED"],
  CANCELING: ["RUN_CANCELING"],
  SUCCESS: ["RUN_SUCCESS"],
  // A run that took too long fails when its worker says that it has stopped.
  FAILURE: ["RUN_FAILURE", "RUN_CANCELED"],
  CANCELED: ["RUN_CANCELED"],
} as const satisfies Record<SensedRun["status"], readonly string[]>;

const INSTANT = `YYYY-MM-DD"T"HH24:MI:SS.US"Z"`;

/** The changes of status of the candidates' runs, by run. */
async function listChanges(db: Db, candidates: readonly Candidate[]) {
  const ids = [...new Set(candidates.map(({ runId }) => runId))];
  const { rows } = await sql<{ runId: string; position: number; event: unknown }>`
    select e.run_id as "runId", e.position, e.event from run_event e join run r on r.id = e.run_id
    where e.run_id = any(${ids}::uuid[]) and e.stored_at >= r.created_at and ${IS_STATUS_EVENT}
    order by e.run_id, e.position`.execute(db);
  const events = rows.map((row) => ({ ...row, event: parseRunEvent(row.event) }));
  const byRun = Map.groupBy(events, ({ runId }) => runId);
  return new Map([...byRun].map(([runId, of]) => [runId, findStatusChanges(of)]));
}

/**
 * The instant before which every event is stored for good: an event bears the instant at which its transaction began.
 * Asked before the events are read, never in one statement with them, which would see what was committed when it began.
 * A transaction that has not written yet may begin to, but not after more than a minute: those are backups and reports.
 */
async function findSettledInstant(db: Db): Promise<string> {
  const { rows } = await sql<{ settled: string }>`
    select to_char((least(now(), min(xact_start)) - interval '50 milliseconds') at time zone 'UTC', ${INSTANT}) as settled
    from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and xact_start is not null
      and (backend_xid is not null or xact_start > now() - interval '1 minute')`.execute(db);
  return rows[0]?.settled ?? new Date(0).toISOString();
}

/** The cursor of who has seen everything that was stored before an instant, and nothing else. */
function beforeInstant(storedAt: string): RunEventCursor {
  return { kind: "runs", storedAt, runId: "00000000-0000-0000-0000-000000000000", position: -1 };
}
