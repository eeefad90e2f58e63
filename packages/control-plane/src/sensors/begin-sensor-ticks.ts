import { sql } from "kysely";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import type { ServerContext } from "../context/server-context.ts";
import { enqueueWorkItems } from "../work/enqueue-work.ts";
import type { SensorRule } from "../ticks/instigator-rule.ts";
import { storeBegunTicks, type BegunTick } from "../ticks/tick-store.ts";
import { createTickToken } from "../ticks/tick-token.ts";
import { InvalidEventCursor } from "./event-cursor.ts";
import { planSensorTick, type SensorTickEvents } from "./plan-sensor-tick.ts";

/** Sensors that one transaction takes care of. */
const BATCH = 200;
/** Sensors of a batch that began to run at the same time are spread over so much. */
const SPREAD_MS = 10_000;
/** An evaluation that no agent takes for as long as this fails; the next one sees no less. */
const WITHIN_SECONDS = 300;

/** A sensor that is due. Instants are milliseconds since the epoch. */
interface DueSensor {
  readonly id: string;
  readonly name: string;
  readonly locationName: string;
  readonly queue: string;
  readonly rule: SensorRule;
  readonly cursor: string | null;
  readonly eventCursor: string | null;
  readonly lastTickAt: number | null;
  /** When it was looked at last, or began to run. */
  readonly decidedUpTo: number;
  readonly nextDue: number;
  readonly now: number;
}

interface PlannedSensor extends SensorTickEvents {
  readonly sensor: DueSensor;
  readonly tickId: string;
}

/**
 * Asks agents to evaluate the sensors that are due; those that watch only when there is something that they have not seen. What they
 * are told is found out before they are held, and counts only for those of which nothing has changed since: no event is passed over
 * and no evaluation happens twice, in however many replicas this runs. A sensor that is evaluated is not due, so a slow one delays
 * nobody.
 *
 * @returns whether there may be more.
 */
export async function beginSensorTicks(
  context: Pick<ServerContext, "db" | "ids" | "pageUrl">,
  deploymentId: string,
): Promise<boolean> {
  const { db, ids } = context;
  const due = await listDueSensors(db, deploymentId);
  const planned: PlannedSensor[] = [];
  for (const sensor of due) {
    const events = await planEvents(db, deploymentId, sensor, context.pageUrl());
    planned.push({ ...events, sensor, tickId: ids.newId() });
  }
  if (planned.length === 0) return false;
  await inTransaction(db, async (trx) => {
    const held = await holdUnchanged(trx, planned);
    const begun = planned.filter(({ sensor }) => held.has(sensor.id));
    const isNew = await storeBegunTicks(
      trx,
      deploymentId,
      begun.map((one, index) => toBegun(one, index)),
    );
    const asked = begun.filter(({ tickId }) => isNew.has(tickId));
    await storeSeen(
      trx,
      begun.filter(({ isEnough }) => !isEnough),
    );
    await enqueueWorkItems(
      trx,
      deploymentId,
      asked.map((item) => ({ ...toWork(item), deploymentId, token: createTickToken(ids) })),
    );
  });
  return due.length === BATCH;
}

async function listDueSensors(db: Db, deploymentId: string): Promise<DueSensor[]> {
  const { rows } = await sql<DueSensor>`
    select i.id, i.name, i.location_name as "locationName", l.queue, i.rule, i.cursor, i.event_cursor as "eventCursor",
      extract(epoch from i.last_tick_at)::float8 * 1000 as "lastTickAt",
      extract(epoch from i.decided_up_to)::float8 * 1000 as "decidedUpTo", extract(epoch from i.next_due)::float8 * 1000 as "nextDue", extract(epoch from now())::float8 * 1000 as now
    from instigator i join code_location l on l.deployment_id = i.deployment_id and l.name = i.location_name and l.removed_at is null
    where i.deployment_id = ${deploymentId} and i.kind = 'sensor' and i.next_due <= now() and i.tick_in_flight is null
    order by i.next_due limit ${BATCH}`.execute(db);
  return rows;
}

/** A cursor that nobody can read counts as none: the sensor is told of the newest events, as in its first evaluation. */
async function planEvents(
  db: Db,
  deploymentId: string,
  { locationName, rule, eventCursor }: DueSensor,
  pageUrl: string,
): Promise<SensorTickEvents> {
  try {
    return await planSensorTick(db, deploymentId, locationName, rule.watch, eventCursor, pageUrl);
  } catch (error) {
    if (!(error instanceof InvalidEventCursor)) throw error;
    return planSensorTick(db, deploymentId, locationName, rule.watch, null, pageUrl);
  }
}

/** Those that are still as they were, and that nobody else holds. */
async function holdUnchanged(trx: Trx, planned: readonly PlannedSensor[]): Promise<ReadonlySet<string>> {
  const seen = planned.map(({ sensor: { id, eventCursor, cursor } }) => ({ id, eventCursor, cursor }));
  const { rows } = await sql<{ id: string }>`
    select i.id from jsonb_to_recordset(${JSON.stringify(seen)}::jsonb) as seen (id uuid, "eventCursor" text, cursor text)
    join instigator i on i.id = seen.id
    where i.next_due <= now() and i.tick_in_flight is null and i.event_cursor is not distinct from seen."eventCursor"
      and i.cursor is not distinct from seen.cursor
    order by i.id for no key update of i skip locked`.execute(trx);
  return new Set(rows.map(({ id }) => id));
}

function toBegun({ sensor, tickId, eventCursor, isEnough }: PlannedSensor, index: number): BegunTick {
  return {
    instigatorId: sensor.id,
    tick: isEnough ? { id: tickId, scheduledAt: sensor.nextDue, eventCursor } : null,
    outcome: null,
    missed: null,
    // When it was looked at last.
    decidedUpTo: sensor.now,
    nextDue: sensor.now + sensor.rule.intervalSeconds * 1_000 + findSpreadMs(sensor, index),
  };
}

/**
 * How much later than its interval says a sensor is evaluated again. The first evaluations of a location's sensors come all at once,
 * and each next one an interval after the one before, so they would stay in step: once, each waits a little longer than the one before.
 */
function findSpreadMs({ rule, decidedUpTo, nextDue }: DueSensor, index: number): number {
  const isFirst = nextDue <= decidedUpTo;
  return isFirst ? Math.floor((index / BATCH) * Math.min(SPREAD_MS, rule.intervalSeconds * 1_000)) : 0;
}

/** How far those have seen for which there was nothing. */
async function storeSeen(trx: Trx, planned: readonly PlannedSensor[]): Promise<void> {
  const seen = planned
    .filter(({ sensor, eventCursor }) => eventCursor !== sensor.eventCursor)
    .map(({ sensor, eventCursor }) => ({ id: sensor.id, eventCursor }));
  if (seen.length === 0) return;
  await sql`
    update instigator set event_cursor = seen."eventCursor"
    from jsonb_to_recordset(${JSON.stringify(seen)}::jsonb) as seen (id uuid, "eventCursor" text) where instigator.id = seen.id`.execute(
    trx,
  );
}

function toWork({ sensor, tickId, events, eventCursor }: PlannedSensor) {
  const { locationName, name, queue, rule, cursor, lastTickAt } = sensor;
  const work = {
    kind: "evaluate_sensor",
    locationName,
    sensorName: name,
    cursor,
    timeoutSeconds: rule.timeoutSeconds,
    lastTickAt: lastTickAt === null ? null : new Date(lastTickAt).toISOString(),
    events,
    eventCursor,
  } as const;
  return { id: tickId, queue, key: `tick:${tickId}`, work, withinSeconds: WITHIN_SECONDS };
}
