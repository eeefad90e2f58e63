import { sql } from "kysely";
import type { Db } from "../database/connect.ts";
import { advanceMark, markUpTo, type EventMark } from "../events/event-mark.ts";
import { NEXT_TRANSACTION, OLDEST_TRANSACTION } from "../events/transaction-horizon.ts";

/** A materialization, observation or evaluation of a check that the round before has not seen. */
export interface EventNews {
  readonly id: number;
  readonly assetKey: string;
  /** Null: of the asset itself. */
  readonly check: string | null;
  /** Null for checks. */
  readonly kind: "materialization" | "observation" | null;
  readonly partition: string | null;
  readonly runId: string | null;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** How far the events of a deployment are seen. */
export interface SeenEvents {
  readonly events: EventMark;
  readonly checks: EventMark;
}

interface Reading {
  /** Milliseconds since the epoch, by the database. */
  readonly now: number;
  /** The oldest transaction under way. */
  readonly oldest: number;
}

/** The database's time, and since when all transactions have ended. */
export async function readMoment(db: Db): Promise<Reading> {
  const { rows } = await sql<Reading>`
    select floor(extract(epoch from now()) * 1000)::float8 as now, ${OLDEST_TRANSACTION} as oldest`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("The database has no time");
  return row;
}

/** Marks all that is visible now as seen. It is complete once the transactions have ended that are under way: see `isComplete`. */
export async function markVisible(db: Db): Promise<SeenEvents> {
  const { rows } = await sql<{ events: number; checks: number; next: number }>`
    select coalesce((select max(id) from asset_event), 0) as events, coalesce((select max(id) from asset_check_evaluation), 0) as checks,
      ${NEXT_TRANSACTION} as next`.execute(db);
  const { events = 0, checks = 0, next = 0 } = rows[0] ?? {};
  return { events: markUpTo(events, next), checks: markUpTo(checks, next) };
}

/** Whether no event can become visible any more that a mark of `markVisible` counts as seen. */
export function isComplete({ events }: SeenEvents, oldest: number): boolean {
  return oldest >= events.horizon;
}

/** The events of a deployment that are not seen yet, oldest first, and the marks after them. */
export async function readEventNews(
  db: Db,
  deploymentId: string,
  seen: SeenEvents,
  oldest: number,
): Promise<{ readonly news: readonly EventNews[]; readonly seen: SeenEvents }> {
  const found = await sql<EventNews & { next: number }>`
    select e.id, a.key as "assetKey", null as "check", e.kind, e.partition_key as partition, e.run_id as "runId", ${TIME} as time,
      ${NEXT_TRANSACTION} as next
    from asset_event e join asset a on a.id = e.asset_id
    where e.id > ${seen.events.low} and e.deployment_id = ${deploymentId} order by e.id`.execute(db);
  const checked = await sql<EventNews & { next: number }>`
    select e.id, a.key as "assetKey", e.check_name as "check", null as kind, e.partition_key as partition, e.run_id as "runId",
      ${TIME} as time, ${NEXT_TRANSACTION} as next
    from asset_check_evaluation e join asset a on a.id = e.asset_id
    where e.id > ${seen.checks.low} and e.deployment_id = ${deploymentId} order by e.id`.execute(db);
  const events = advance(seen.events, found.rows, oldest);
  const checks = advance(seen.checks, checked.rows, oldest);
  return {
    news: [
      ...found.rows.filter(({ id }) => events.fresh.has(id)),
      ...checked.rows.filter(({ id }) => checks.fresh.has(id)),
    ],
    // The same object as long as nothing is different.
    seen:
      events.mark === seen.events && checks.mark === seen.checks
        ? seen
        : { events: events.mark, checks: checks.mark },
  };
}

const TIME = sql<number>`floor(extract(epoch from e.happened_at) * 1000)::float8`;

function advance(
  mark: EventMark,
  rows: readonly { readonly id: number; readonly next: number }[],
  oldest: number,
): ReturnType<typeof advanceMark> {
  return advanceMark(mark, { ids: rows.map(({ id }) => id), oldest, next: rows[0]?.next ?? mark.horizon });
}

/** Assets of which something was forgotten, with the numbers of these notes. */
export async function listTouched(
  db: Db,
  deploymentId: string,
): Promise<{ readonly id: number; readonly assetKey: string }[]> {
  const { rows } = await sql<{ id: number; assetKey: string }>`
    select id, asset_key as "assetKey" from automation_touch where deployment_id = ${deploymentId}`.execute(
    db,
  );
  return rows;
}
