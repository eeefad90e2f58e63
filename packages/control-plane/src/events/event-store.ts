import { sql, type RawBuilder } from "kysely";
import type { Db } from "../database/connect.ts";
import { isIndexed, ofIndexedType, wholeEvent, type EventRow } from "./event-columns.ts";

/** An event as it is stored. */
export interface StoredEvent extends Omit<EventRow, "event"> {
  readonly position: number;
  /** 0: of the control plane. */
  readonly attempt: number;
  /** The whole of it, see @millrace/model/run-event. */
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
  readonly deploymentId: string;
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
    ...(filter.types ? [ofTypes(filter.types)] : []),
    ...(filter.stepKey != null ? [sql`and step_key = ${filter.stepKey}`] : []),
    ...(filter.levels ? [ofLevels(filter.levels)] : []),
    ...(filter.search ? [matches(filter.search)] : []),
  ];
  // Positions are dense: without a filter the page is a range of them, however many events there are.
  const range = conditions.length === 0 ? [sql`and position <= ${after + limit}`] : conditions;
  const result = await sql<StoredEvent & EventRow & { readonly last: number }>`
    with page as (
      select position, attempt, type, happened_at as timestamp, step_key as "stepKey", level, message, event from run_event
      where run_id = ${run.id} and deployment_id = ${run.deploymentId} and stored_at >= ${run.createdAt} and position > ${after} ${sql.join(range, sql` `)}
      order by position limit ${limit + 1}
    )
    select page.*, run.event_count - 1 as last
    from run left join page on true where run.id = ${run.id} and run.deployment_id = ${run.deploymentId} order by position`.execute(
    db,
  );
  const last = result.rows[0]?.last ?? -1;
  const found = result.rows
    .filter(({ position }) => position !== null)
    .map(({ last: _last, ...row }) => ({ ...row, event: wholeEvent(row) }));
  const nodes = found.slice(0, limit);
  if (conditions.length === 0) {
    // What retention has dropped leaves an empty range, which the reader goes beyond.
    const hasMore = after + limit < last;
    return { nodes, hasMore, lastPosition: hasMore ? after + limit : Math.max(after, last) };
  }
  const hasMore = found.length > limit;
  return {
    nodes,
    hasMore,
    lastPosition: hasMore ? (nodes.at(-1)?.position ?? after) : Math.max(after, last),
  };
}

function ofTypes(types: readonly string[]): RawBuilder<unknown> {
  return sql`and type = any(${types}) ${isIndexed(types) ? sql`and ${ofIndexedType}` : sql``}`;
}

const WARNINGS: readonly string[] = ["WARNING", "ERROR", "CRITICAL"];

function ofLevels(levels: readonly string[]): RawBuilder<unknown> {
  const isOfWarnings = levels.every((level) => WARNINGS.includes(level));
  return sql`and level = any(${levels}) ${isOfWarnings ? sql`and level in ('WARNING', 'ERROR', 'CRITICAL')` : sql``}`;
}

function matches(search: string): ReturnType<typeof sql> {
  const pattern = `%${search.replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql`and (message ilike ${pattern} or step_key ilike ${pattern})`;
}
