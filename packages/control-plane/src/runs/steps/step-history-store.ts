import { sql } from "kysely";
import {
  foldStepEvents,
  STEP_HISTORY_EVENT_TYPES,
  type StepHistory,
  type StepHistoryEvent,
} from "@millrace/model/steps/step-history";
import type { Db } from "../../database/connect.ts";

/** How the steps of a run went, as far as its events are kept. */
export interface KeptStepHistory extends StepHistory {
  /** Whether they are kept from its start on. */
  readonly isWhole: boolean;
}

/** How the steps of a run went so far, by the events of all its attempts. */
export async function getStepHistory(db: Db, runId: string): Promise<KeptStepHistory> {
  const types = ["RUN_START", ...STEP_HISTORY_EVENT_TYPES];
  const result = await sql<{ event: StepHistoryEvent | { readonly type: "RUN_START" } }>`
    select e.event - '{message,metadata,error}'::text[] as event
    from run r join run_event e on e.run_id = r.id and e.stored_at >= r.created_at
    where r.id = ${runId} and e.type = any(${types}) and e.type <> 'LOG'
    order by e.position`.execute(db);
  const events = result.rows.map(({ event }) => event);
  const history = foldStepEvents(events.filter((event) => event.type !== "RUN_START"));
  return { ...history, isWhole: events[0]?.type === "RUN_START" };
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
  const result = await sql<{ produced: string[]; started: boolean; kept: boolean }>`
    with said as (
      select e.type, e.event ->> 'partition' as partition,
        (e.event ->> 'assetKey') || coalesce(':' || (e.event ->> 'checkName'), '') as key
      from run r join run_event e on e.run_id = r.id and e.stored_at >= r.created_at
      where r.id = ${runId}
        and e.type in ('RUN_START', 'ASSET_MATERIALIZATION', 'ASSET_OBSERVATION', 'ASSET_CHECK_EVALUATION')
        and not coalesce((e.event -> 'isReported')::boolean, false)
    )
    select r.started_at is not null as started, exists (select from said where type = 'RUN_START') as kept,
      array(select key from said where key is not null group by key
        having bool_or(partition is null) or count(distinct partition) >= coalesce(cardinality(r.partition_keys), 1)) as produced
    from run r where r.id = ${runId}`.execute(db);
  const { produced = [], started = false, kept = false } = result.rows[0] ?? {};
  return { produced: new Set(produced), eventsKept: kept || !started };
}
