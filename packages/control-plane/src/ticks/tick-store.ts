import { sql } from "kysely";
import type { TickLogLine } from "@millrace/model/runs/work-item";
import { topics } from "@millrace/model/topic";
import type { Trx } from "../database/connect.ts";
import { notifications, WAKE_CHANNEL } from "../wake/notify-change.ts";
import type { InstigatorKind, InstigatorRule } from "./instigator-rule.ts";
import type { MissedTicks } from "@millrace/model/ticks/due-ticks";

/** How a tick stands, in Dagster's words. `STARTED`: an agent was asked for it. */
export const TICK_STATUSES = ["STARTED", "SUCCESS", "SKIPPED", "FAILURE"] as const;
export type TickStatus = (typeof TICK_STATUSES)[number];

/** How a tick ended. */
export interface TickOutcome {
  readonly status: Exclude<TickStatus, "STARTED">;
  readonly skipReason: string | null;
  /** An ErrorInfo. */
  readonly error: unknown;
  /** Runs that it launched. */
  readonly runIds: readonly string[];
}

/** A tick that was decided, and what it makes of its schedule or sensor. Instants are milliseconds since the epoch. */
export interface BegunTick {
  readonly instigatorId: string;
  /** Null: none is evaluated. */
  readonly tick: {
    readonly id: string;
    readonly scheduledAt: number;
    readonly eventCursor: string | null;
  } | null;
  /** Null: an agent is asked. */
  readonly outcome: TickOutcome | null;
  readonly missed: (MissedTicks & { readonly id: string }) | null;
  readonly decidedUpTo: number;
  readonly nextDue: number | null;
}

/**
 * Stores what was decided for schedules or sensors that are held, in one statement.
 *
 * @returns the ids of ticks that are new: one that was there already, from before a clock was set back, is not evaluated again.
 */
export async function storeBegunTicks(
  trx: Trx,
  deploymentId: string,
  begun: readonly BegunTick[],
): Promise<ReadonlySet<string>> {
  if (begun.length === 0) return new Set();
  const rows = begun.flatMap(({ instigatorId, tick, outcome, missed }) => [
    ...(missed === null
      ? []
      : [toRow(instigatorId, { ...missed, scheduledAt: missed.last, eventCursor: null }, skipped(missed))]),
    ...(tick === null ? [] : [toRow(instigatorId, tick, outcome)]),
  ]);
  const changes = begun.map(({ instigatorId, tick, outcome, decidedUpTo, nextDue }) => ({
    instigatorId,
    tickId: tick?.id ?? null,
    decidedUpTo,
    nextDue,
    isAsked: outcome === null,
    failed: outcome === null ? null : outcome.status === "FAILURE",
  }));
  const { rows: stored } = await sql<{ id: string }>`
    with begun as (
      insert into tick (id, deployment_id, instigator_id, scheduled_at, status, skip_reason, error, run_ids, event_cursor, finished_at)
      select id, ${deploymentId}, "instigatorId", to_timestamp("scheduledAt" / 1000), status, "skipReason", error, "runIds", "eventCursor",
        case when status <> 'STARTED' then now() end
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t (id uuid, "instigatorId" uuid, "scheduledAt" float8, status text,
        "skipReason" text, error jsonb, "runIds" uuid[], "eventCursor" text)
      on conflict (instigator_id, scheduled_at) do nothing returning id, scheduled_at
    ), changed as (
      update instigator set decided_up_to = to_timestamp("decidedUpTo" / 1000), next_due = to_timestamp("nextDue" / 1000),
        tick_in_flight = case when "isAsked" then begun.id end, last_tick_at = coalesce(begun.scheduled_at, last_tick_at),
        failures = case failed when true then failures + 1 when false then 0 else failures end
      from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as c ("instigatorId" uuid, "tickId" uuid, "decidedUpTo" float8,
        "nextDue" float8, "isAsked" boolean, failed boolean) left join begun on begun.id = "tickId"
      where instigator.id = "instigatorId"
    )
    select id${rows.length === 0 ? sql`` : sql`, ${notifications([topics.ticks(deploymentId)])}`} from begun`.execute(
    trx,
  );
  return new Set(stored.map(({ id }) => id));
}

function toRow(
  instigatorId: string,
  { id, scheduledAt, eventCursor }: NonNullable<BegunTick["tick"]>,
  outcome: TickOutcome | null,
): object {
  const { status = "STARTED", skipReason = null, error = null, runIds = [] } = outcome ?? {};
  return { id, instigatorId, scheduledAt, eventCursor, status, skipReason, error, runIds };
}

function skipped({ count }: MissedTicks): TickOutcome {
  const ticks = count === 1 ? "This tick was" : `This tick, and ${count - 1} before it, were`;
  const skipReason = `${ticks} missed: \`catchup\` of the schedule says which are made up for`;
  return { status: "SKIPPED", skipReason, error: null, runIds: [] };
}

/** A tick that is evaluated, and what is known of its schedule or sensor. Instants are milliseconds since the epoch. */
export interface HeldTick {
  readonly id: string;
  readonly deploymentId: string;
  readonly scheduledAt: number;
  readonly startedAt: number;
  readonly eventCursor: string | null;
  readonly now: number;
  readonly instigatorId: string;
  readonly locationName: string;
  readonly kind: InstigatorKind;
  readonly name: string;
  readonly keyName: string;
  readonly rule: InstigatorRule | null;
  readonly failures: number;
}

/** The ticks of some work items, by their ids; their schedules or sensors are held until the transaction ends. An item of no tick has none. */
export async function holdTicks(trx: Trx, ids: readonly string[]): Promise<Map<string, HeldTick>> {
  const { rows } = await sql<HeldTick>`
    select t.id, t.deployment_id as "deploymentId", extract(epoch from t.scheduled_at)::float8 * 1000 as "scheduledAt",
      extract(epoch from t.started_at)::float8 * 1000 as "startedAt", t.event_cursor as "eventCursor",
      extract(epoch from now())::float8 * 1000 as now, i.id as "instigatorId", i.location_name as "locationName", i.kind, i.name,
      i.key_name as "keyName", i.rule, i.failures
    from tick t join instigator i on i.id = t.instigator_id
    where t.id = any(${ids}::uuid[]) and t.status = 'STARTED' order by i.id for no key update of i, t`.execute(
    trx,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** What the end of a tick changes in its schedule or sensor; undefined: nothing. */
export interface InstigatorProgress {
  /** When it is due again, in milliseconds since the epoch, unless it is stopped; null: as was decided with the tick. */
  readonly nextDue: number | null;
  readonly cursor: { readonly from: string | null; readonly to: string } | undefined;
  readonly eventCursor: string | undefined;
}

/** How a tick that is held ended. */
export interface TickEnd extends InstigatorProgress {
  readonly tick: HeldTick;
  readonly outcome: TickOutcome;
  readonly logs: readonly TickLogLine[];
}

/**
 * Stores how ticks that are held ended; their schedules or sensors may tick again. Wakes the daemon when that is soon: it may look at
 * the moment when one is due, and still see the tick.
 */
export async function storeTickEnds(trx: Trx, ends: readonly TickEnd[]): Promise<void> {
  const [first] = ends;
  if (first === undefined) return;
  const { deploymentId } = first.tick;
  const rows = ends.map(({ tick, outcome, logs, nextDue, cursor, eventCursor }) => ({
    id: tick.id,
    instigatorId: tick.instigatorId,
    ...outcome,
    logs,
    nextDue,
    setsCursor: cursor !== undefined,
    toldCursor: cursor?.from,
    cursor: cursor?.to,
    eventCursor,
  }));
  await sql`
    with ended as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as e (id uuid, "instigatorId" uuid, status text,
        "skipReason" text, error jsonb, "runIds" uuid[], logs jsonb, "nextDue" float8, "setsCursor" boolean, "toldCursor" text,
        cursor text, "eventCursor" text)
    ), of_tick as (
      update tick set status = ended.status, skip_reason = ended."skipReason", error = ended.error, run_ids = ended."runIds",
        logs = ended.logs, finished_at = now() from ended where tick.id = ended.id
    ), of_instigator as (
      update instigator i set tick_in_flight = null,
        failures = case when ended.status = 'FAILURE' then i.failures + 1 else 0 end,
        next_due = case when i.next_due is not null then coalesce(to_timestamp(ended."nextDue" / 1000), i.next_due) end,
        cursor = case when ended."setsCursor" and i.cursor is not distinct from ended."toldCursor" then ended.cursor else i.cursor end,
        event_cursor = coalesce(ended."eventCursor", i.event_cursor)
      from ended where i.id = ended."instigatorId"
      returning ended."nextDue" is not null or i.next_due <= now() + interval '1 second' as is_soon
    )
    select pg_notify(${WAKE_CHANNEL}, ${topics.ticks(deploymentId)}),
      case when exists (select from of_instigator where is_soon) then pg_notify(${WAKE_CHANNEL}, ${topics.dueTicks(deploymentId)}) end`.execute(
    trx,
  );
}
