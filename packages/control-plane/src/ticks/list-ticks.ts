import { sql, type RawBuilder } from "kysely";
import type { TickLogLine } from "@millrace/model/runs/work-item";
import type { Db } from "../database/connect.ts";
import type { TickStatus } from "./tick-store.ts";

/** One tick of a schedule or sensor, as it is shown. */
export interface Tick {
  readonly id: string;
  /** Of a schedule the time that it stands for, of a sensor when it was due. */
  readonly scheduledAt: Date;
  readonly status: TickStatus;
  /** No agent has taken it yet. */
  readonly isWaiting: boolean;
  readonly skipReason: string | null;
  /** An ErrorInfo. */
  readonly error: unknown;
  readonly runIds: readonly string[];
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly logs: readonly TickLogLine[];
}

/** Some ticks, newest first. */
export interface TickPage {
  readonly nodes: readonly Tick[];
  readonly hasMore: boolean;
}

/** Which ticks are wanted. */
export interface TickFilter {
  readonly limit: number;
  /** The id of a tick, of which earlier ones are wanted; null: from the newest on. */
  readonly after: string | null;
  /** Null: all. */
  readonly statuses: readonly TickStatus[] | null;
}

/** The ticks of one schedule or sensor, newest first. */
export async function listTicks(
  db: Db,
  instigatorId: string,
  { limit, after, statuses }: TickFilter,
): Promise<TickPage> {
  const isWanted = sql`t.instigator_id = ${instigatorId}
    ${after === null ? sql`` : sql`and t.scheduled_at < (select scheduled_at from tick where id = ${after} and instigator_id = ${instigatorId})`}
    ${statuses === null ? sql`` : sql`and t.status = any(${statuses})`}`;
  const rows = await selectTicks(
    db,
    sql`tick t`,
    sql`where ${isWanted} order by t.scheduled_at desc limit ${limit + 1}`,
  );
  return { nodes: rows.slice(0, limit), hasMore: rows.length > limit };
}

/** The newest tick of each of some schedules and sensors that has one, by their ids. */
export async function findLatestTicks(db: Db, instigatorIds: readonly string[]): Promise<Map<string, Tick>> {
  const latest = sql`unnest(${instigatorIds}::uuid[]) as wanted (id) cross join lateral (
    select * from tick where instigator_id = wanted.id order by scheduled_at desc limit 1) t`;
  const rows = await selectTicks(db, latest, sql``);
  return new Map(rows.map((row) => [row.instigatorId, row]));
}

async function selectTicks(
  db: Db,
  from: RawBuilder<unknown>,
  rest: RawBuilder<unknown>,
): Promise<(Tick & { readonly instigatorId: string })[]> {
  const { rows } = await sql<Tick & { readonly instigatorId: string }>`
    select t.id, t.instigator_id as "instigatorId", t.scheduled_at as "scheduledAt", t.status, t.skip_reason as "skipReason", t.error,
      t.run_ids as "runIds", t.started_at as "startedAt", t.finished_at as "finishedAt", t.logs,
      t.status = 'STARTED' and exists (select from work_item w where w.id = t.id and w.state = 'pending') as "isWaiting"
    from ${from} ${rest}`.execute(db);
  return rows;
}
