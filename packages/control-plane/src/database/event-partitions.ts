import { sql } from "kysely";
import type { Db } from "./connect.ts";
import { inTransaction } from "./in-transaction.ts";

const DAY_MS = 24 * 3_600_000;
const WEEK_MS = 7 * DAY_MS;
/** Monday 1970-01-05: weeks are counted from here. */
const FIRST_MONDAY_MS = 4 * 24 * 3_600_000;

/** One week's part of `run_event`, by the instant its events were stored. */
export interface EventPartition {
  /** Table name, such as `run_event_20260316`: the Monday (UTC) it begins with. */
  readonly name: string;
  readonly from: Date;
  readonly to: Date;
}

/** The partitions for the week of `now` and `weeksAhead` more. */
export function selectEventPartitions(now: Date, weeksAhead: number): EventPartition[] {
  const monday = now.getTime() - ((now.getTime() - FIRST_MONDAY_MS) % WEEK_MS);
  return Array.from({ length: weeksAhead + 1 }, (_, week) => {
    const from = new Date(monday + week * WEEK_MS);
    const name = `run_event_${from.toISOString().slice(0, 10).replaceAll("-", "")}`;
    return { name, from, to: new Date(from.getTime() + WEEK_MS) };
  });
}

/**
 * Creates the partitions of `run_event` for this week and the next four, as far as they are missing. Must have run before the
 * first event is stored; returns the names it created. Safe to run in several replicas at once.
 */
export async function ensureEventPartitions(db: Db): Promise<string[]> {
  const now = await getDatabaseTime(db);
  const existing = new Set(await listEventPartitions(db));
  const missing = selectEventPartitions(now, 4).filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return [];
  await inTransaction(db, async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('run_event partitions'))`.execute(trx);
    for (const { name, from, to } of missing) {
      const bounds = sql`for values from (${sql.lit(from.toISOString())}) to (${sql.lit(to.toISOString())})`;
      await sql`create table if not exists ${sql.table(name)} partition of run_event ${bounds}`.execute(trx);
    }
  });
  return missing.map(({ name }) => name);
}

/**
 * Drops the partitions whose every event was stored more than `days` ago; returns their names. What a run has become and the state
 * of assets do not depend on these rows.
 */
export async function dropOldEventPartitions(db: Db, days: number): Promise<string[]> {
  const before = new Date((await getDatabaseTime(db)).getTime() - days * DAY_MS);
  const oldest = selectEventPartitions(before, 0)[0]?.name ?? "";
  const old = (await listEventPartitions(db)).filter((name) => name < oldest);
  for (const name of old) await sql`drop table if exists ${sql.table(name)}`.execute(db);
  return old;
}

/** Events are stored by the database's clock: a replica whose own is wrong must not drop what is new. */
async function getDatabaseTime(db: Db): Promise<Date> {
  return (await db.selectNoFrom(sql<Date>`now()`.as("now")).executeTakeFirstOrThrow()).now;
}

async function listEventPartitions(db: Db): Promise<string[]> {
  const result = await sql<{ name: string }>`
    select child.relname as name from pg_inherits join pg_class child on child.oid = inhrelid
    where inhparent = 'run_event'::regclass order by child.relname`.execute(db);
  return result.rows.map(({ name }) => name);
}
