import { sql } from "kysely";
import type { Db } from "../database/connect.ts";

/** An event as it is stored. */
export interface StoredEvent {
  readonly position: number;
  /** 0: of the control plane. */
  readonly attempt: number;
  readonly type: string;
  readonly timestamp: Date;
  readonly stepKey: string | null;
  readonly level: string | null;
  readonly message: string;
  /** See @millrace/model/run-event. */
  readonly event: unknown;
}

/** Which events to read; what is left out does not matter. */
export interface EventFilter {
  readonly types?: readonly string[] | null;
  readonly stepKey?: string | null;
  readonly levels?: readonly string[] | null;
  /** Part of the message or of the step's key, in any case. */
  readonly search?: string | null;
}

/** The run whose events are read; when it was created tells which parts of the table can't hold any. */
export interface RunWithEvents {
  readonly id: string;
  readonly createdAt: Date;
}

/** One page of a run's events. */
export interface EventPage {
  readonly nodes: StoredEvent[];
  /** The position to go on after: also when a filter has left out everything up to it. */
  readonly lastPosition: number;
  readonly hasMore: boolean;
}

/** Events in stored order behind the position `after` (-1: from the first). */
export async function listRunEvents(
  db: Db,
  run: RunWithEvents,
  filter: EventFilter,
  after: number,
  limit: number,
): Promise<EventPage> {
  const conditions = [
    ...(filter.types ? [sql`and type = any(${filter.types})`] : []),
    ...(filter.stepKey != null ? [sql`and step_key = ${filter.stepKey}`] : []),
    ...(filter.levels ? [sql`and level = any(${filter.levels})`] : []),
    ...(filter.search ? [matches(filter.search)] : []),
  ];
  const result = await sql<StoredEvent & { last: number }>`
    with page as (
      select position, attempt, type, happened_at as timestamp, step_key as "stepKey", level, message, event from run_event
      where run_id = ${run.id} and stored_at >= ${run.createdAt} and position > ${after} ${sql.join(conditions, sql` `)}
      order by position limit ${limit + 1}
    )
    select page.*, newest.last
    from (select coalesce(max(position), -1) as last from run_event where run_id = ${run.id} and stored_at >= ${run.createdAt}) newest
    left join page on true order by position`.execute(db);
  const found = result.rows.filter(({ position }) => position !== null);
  const hasMore = found.length > limit;
  const nodes = found.slice(0, limit).map(({ last: _last, ...event }) => event);
  const end = Math.max(after, result.rows[0]?.last ?? -1);
  return { nodes, hasMore, lastPosition: hasMore ? (nodes.at(-1)?.position ?? after) : end };
}

function matches(search: string): ReturnType<typeof sql> {
  const pattern = `%${search.replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql`and (message ilike ${pattern} or step_key ilike ${pattern})`;
}
