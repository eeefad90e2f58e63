import { sql } from "kysely";
import {
  foldStepEvents,
  STEP_HISTORY_EVENT_TYPES,
  type StepHistory,
  type StepHistoryEvent,
} from "@millrace/model/steps/step-history";
import type { Db } from "../../database/connect.ts";
import { ofIndexedType, wholeEvent, type EventRow } from "../../events/event-columns.ts";

/** How the steps of a run went, as far as its events are kept. */
export interface KeptStepHistory extends StepHistory {
  /** Whether they are kept from its start on. */
  readonly isWhole: boolean;
}

/** The position of a run's first start. */
const findStart = sql`
  select position from run_event where run_id = r.id and stored_at >= r.created_at and type = 'RUN_START' order by position limit 1`;

/** How the steps of a run went so far, by the events of all its attempts. */
export async function getStepHistory(db: Db, runId: string): Promise<KeptStepHistory> {
  return (await listStepHistories(db, [runId])).get(runId) ?? { ...foldStepEvents([]), isWhole: false };
}

/** The same of many runs, by their ids; of one that has said nothing of its steps there is none. */
export async function listStepHistories(
  db: Db,
  runIds: readonly string[],
): Promise<Map<string, KeptStepHistory>> {
  // The order within keeps the planner from reading the events of all runs.
  const result = await sql<
    EventRow & { readonly id: string; readonly position: number | null; readonly start: number | null }
  >`
    select r.id, (${findStart}) as start, e.* from run r left join lateral (
      select position, type, step_key as "stepKey", level, '' as message, happened_at as timestamp, event - '{metadata,error}'::text[] as event
      from run_event
      where run_id = r.id and stored_at >= r.created_at and type = any(${STEP_HISTORY_EVENT_TYPES}) and ${ofIndexedType} order by position
    ) e on true where r.id = any(${runIds}::uuid[])`.execute(db);
  const ofRuns = Map.groupBy(result.rows, ({ id }) => id);
  return new Map(
    [...ofRuns].map(([id, rows]) => {
      const events = rows.filter(({ position }) => position !== null);
      const start = rows[0]?.start ?? null;
      const isWhole = start !== null && events.every(({ position }) => position === null || position > start);
      return [id, { ...foldStepEvents(events.map((row) => wholeEvent(row) as StepHistoryEvent)), isWhole }];
    }),
  );
}

/**
 * The assets (by key) and checks (as `asset_key:name`) that a run made or evaluated, and whether its events are still kept. Of a run
 * of several partitions those count that were made for all of them.
 */
export interface RunProducts {
  readonly produced: ReadonlySet<string>;
  readonly eventsKept: boolean;
}

/** What a run produced, by its events. */
export async function getRunProducts(db: Db, runId: string): Promise<RunProducts> {
  return (await listRunProducts(db, [runId])).get(runId) ?? { produced: new Set(), eventsKept: true };
}

/** The same of many runs, by their ids. */
export async function listRunProducts(db: Db, runIds: readonly string[]): Promise<Map<string, RunProducts>> {
  const result = await sql<{ id: string; produced: string[]; started: boolean; kept: boolean }>`
    select r.id, r.started_at is not null as started, products.* from run r cross join lateral (
      with said as materialized (
        select e.event ->> 'partition' as partition,
          (e.event ->> 'assetKey') || coalesce(':' || (e.event ->> 'checkName'), '') as key
        from run_event e where e.run_id = r.id and e.stored_at >= r.created_at
          and e.type in ('ASSET_MATERIALIZATION', 'ASSET_OBSERVATION', 'ASSET_CHECK_EVALUATION')
          and not coalesce((e.event -> 'isReported')::boolean, false)
      )
      select exists (${findStart}) as kept,
        array(select key from said where key is not null group by key
          having bool_or(partition is null) or count(distinct partition) >= coalesce(cardinality(r.partition_keys), 1)) as produced
    ) products where r.id = any(${runIds}::uuid[])`.execute(db);
  return new Map(
    result.rows.map(({ id, produced, started, kept }) => [
      id,
      { produced: new Set(produced), eventsKept: kept || !started },
    ]),
  );
}
