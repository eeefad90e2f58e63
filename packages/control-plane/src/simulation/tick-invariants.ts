import { sql } from "kysely";
import type { Catchup } from "@millrace/model/ticks/catchup";
import type { Db } from "../database/connect.ts";
import { SIMULATED_SCHEDULES, SIMULATED_SENSOR, type SimulatedSchedule } from "./simulated-ticks.ts";
import { InvariantBroken } from "./stored-history.ts";

const MINUTE_MS = 60_000;

interface StoredTick {
  /** Milliseconds since the epoch. */
  readonly scheduledAt: number;
  readonly startedAt: number;
  readonly status: string;
  readonly skipReason: string | null;
  readonly runIds: readonly string[];
}

/** A schedule or sensor as it is stored. */
export interface StoredInstigator {
  readonly decidedUpTo: number;
  readonly cursor: string | null;
  readonly ticks: readonly StoredTick[];
}

/**
 * What must hold of ticks once nothing is under way: each time of a schedule was evaluated, or counts among the missed ones as its rule
 * says; each evaluation of the sensor counts once; and their runs are those that they asked for.
 *
 * @param from since when the schedules tick, in milliseconds since the epoch.
 */
export async function checkTicks(db: Db, from: number): Promise<void> {
  for (const schedule of SIMULATED_SCHEDULES) {
    const found = await readInstigator(db, "schedule", schedule.name);
    checkTimes(schedule, listTimes(schedule, from, found.decidedUpTo), found);
    await checkRuns(db, "schedule", schedule.name, found.ticks);
  }
  const { ticks, cursor } = await readInstigator(db, "sensor", SIMULATED_SENSOR.name);
  await checkRuns(db, "sensor", SIMULATED_SENSOR.name, ticks);
  await checkSensor(db, ticks, Number(cursor ?? 0));
}

/** By arithmetic of its own, not by the product's cron. */
function listTimes({ everyMinutes }: SimulatedSchedule, from: number, upTo: number): number[] {
  const step = everyMinutes * MINUTE_MS;
  const first = Math.floor(from / step) + 1;
  return Array.from({ length: Math.floor(upTo / step) - first + 1 }, (_, index) => (first + index) * step);
}

/** A schedule or sensor with its ticks, in the order of their times. @throws InvariantBroken when it is not known */
export async function readInstigator(db: Db, kind: string, name: string): Promise<StoredInstigator> {
  const { rows } = await sql<StoredInstigator>`
    select extract(epoch from decided_up_to)::float8 * 1000 as "decidedUpTo", cursor,
      coalesce((select jsonb_agg(jsonb_build_object('scheduledAt', extract(epoch from scheduled_at) * 1000, 'startedAt',
        extract(epoch from started_at) * 1000, 'status', status, 'skipReason', skip_reason, 'runIds', run_ids) order by scheduled_at)
        from tick t where t.instigator_id = i.id), '[]') as ticks
    from instigator i where kind = ${kind} and name = ${name}`.execute(db);
  const [found] = rows;
  if (found === undefined) throw new InvariantBroken(`${kind} ${name} is not known`);
  return found;
}

/**
 * What must hold of the ticks of a schedule: each of its times up to which it has decided was evaluated or missed, once, and none was
 * made up for that its rule passes over.
 *
 * @param times when it ticks, by other means than the product's, in their order.
 * @throws InvariantBroken
 */
export function checkTimes(
  { name, catchup }: Pick<SimulatedSchedule, "name" | "catchup">,
  times: readonly number[],
  { ticks, decidedUpTo }: StoredInstigator,
): void {
  const countUpTo = (instant: number): number => times.findLastIndex((time) => time <= instant) + 1;
  let decided = 0;
  for (const tick of ticks) {
    const what = `schedule ${name}, ${new Date(tick.scheduledAt).toISOString()}`;
    const missed = countMissed(tick);
    const number = countUpTo(tick.scheduledAt);
    if (times[number - 1] !== tick.scheduledAt) throw new InvariantBroken(`${what}: it does not tick then`);
    decided += Math.max(1, missed);
    if (decided !== number) throw new InvariantBroken(`${what}: ${decided} ticks of ${number} are decided`);
    if (missed === 0) checkLateness(what, catchup, tick, countUpTo(tick.startedAt) - number);
  }
  const due = countUpTo(decidedUpTo);
  if (decided !== due) throw new InvariantBroken(`schedule ${name}: ${decided} ticks of ${due} are decided`);
}

/**
 * What must hold of a tick that was evaluated: its rule would not have passed over it.
 *
 * @param later how many ticks came after it until it began.
 * @throws InvariantBroken
 */
export function checkLateness(
  what: string,
  catchup: Catchup,
  { scheduledAt, startedAt }: Pick<StoredTick, "scheduledAt" | "startedAt">,
  later: number,
): void {
  const isTooLate =
    catchup === "skip"
      ? startedAt - scheduledAt > MINUTE_MS + 1
      : later >= (catchup === "latest" ? 1 : catchup.all);
  if (!isTooLate) return;
  const seconds = (startedAt - scheduledAt) / 1_000;
  throw new InvariantBroken(`${what}: it was made up for ${seconds} s late, though ${later} came after it`);
}

/** How many missed ticks one stands for; 0: it was evaluated. */
export function countMissed({ status, skipReason }: Pick<StoredTick, "status" | "skipReason">): number {
  const missed = /^This tick(?:, and (\d+) before it, were| was) missed/.exec(skipReason ?? "");
  return status === "SKIPPED" && missed !== null ? 1 + Number(missed[1] ?? 0) : 0;
}

/** Each run that says that it is of a schedule or sensor is that of one tick, and the other way around. */
async function checkRuns(db: Db, kind: string, name: string, ticks: readonly StoredTick[]): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from run where origin_kind = ${kind} and tags ->> ${`millrace/${kind}_name`} = ${name} order by id`.execute(
    db,
  );
  const asked = ticks.flatMap(({ runIds }) => runIds).sort();
  const launched = rows.map(({ id }) => id);
  if (asked.join() !== launched.join())
    throw new InvariantBroken(`${kind} ${name} asked for runs ${asked.join()}, and has ${launched.join()}`);
  const lazy = ticks.find(({ status, runIds }) => status === "SUCCESS" && runIds.length !== 1);
  if (kind === "schedule" && lazy !== undefined)
    throw new InvariantBroken(`${kind} ${name}: a tick that succeeded has ${lazy.runIds.length} runs`);
}

async function checkSensor(db: Db, ticks: readonly StoredTick[], cursor: number): Promise<void> {
  const { name, asks, partitions } = SIMULATED_SENSOR;
  const counted = ticks.filter(({ status }) => status !== "FAILURE").length;
  if (counted !== cursor)
    throw new InvariantBroken(`sensor ${name}: its cursor is ${cursor} after ${counted} evaluations`);
  const { rows } = await sql<{ key: string }>`
    select tags ->> 'millrace/run_key' as key from run where origin_kind = 'sensor'
    union all select key from dynamic_partition where name = ${partitions} order by key`.execute(db);
  const expected = Array.from({ length: Math.min(asks, cursor) }, (_, number) => number);
  const wanted = [
    ...expected.map((number) => `ask ${number}`),
    ...expected.map((number) => `place ${number}`),
  ];
  const found = rows.map(({ key }) => key);
  if (found.join() !== wanted.join())
    throw new InvariantBroken(`sensor ${name}: "${found.join()}" instead of "${wanted.join()}"`);
}
