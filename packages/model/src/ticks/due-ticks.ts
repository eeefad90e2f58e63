import { unionTicksBackFrom, unionTicksFrom } from "../time/cron-union.ts";
import { parseCron, type CronSchedule } from "../time/cron-schedule.ts";
import { getTimeZone, type TimeZone } from "../time/time-zone.ts";
import type { Catchup } from "./catchup.ts";

/** When a schedule ticks, and what of it is made up for. */
export interface TickTimes {
  readonly cron: readonly string[];
  /** IANA name. */
  readonly timezone: string;
  readonly catchup: Catchup;
}

/** Ticks that come never. */
export interface MissedTicks {
  /** 1,000 stands for as many or more. */
  readonly count: number;
  /** The time of the last one, in milliseconds since the epoch. */
  readonly last: number;
}

/** What is due of a schedule. Instants are milliseconds since the epoch. */
export interface DueTicks {
  /** The tick to evaluate now; null: there is none. */
  readonly tick: number | null;
  readonly missed: MissedTicks | null;
  /** Ticks up to here are decided for good. */
  readonly decidedUpTo: number;
  /** When the next one is due, which may have been before now; null: never. */
  readonly nextDue: number | null;
}

/** A tick that is later than this was missed: by then somebody who does not want to make up for it has noticed. */
export const IN_TIME_MS = 60_000;
/** Missed ticks that are counted. */
const MAX_COUNTED = 1_000;

/**
 * Decides about the ticks of a schedule after those that are decided: at most one is evaluated, the next one is decided when that is
 * done. Ticks are never decided twice, whatever the clock does: what lies before `decidedUpTo` is over.
 *
 * @throws InvalidCron, UnknownTimeZone
 */
export function decideDueTicks(times: TickTimes, decidedUpTo: number, now: number): DueTicks {
  const schedules = times.cron.map(parseCron);
  const zone = getTimeZone(times.timezone);
  if (now <= decidedUpTo)
    return { tick: null, missed: null, decidedUpTo, nextDue: findNext(schedules, zone, decidedUpTo) };
  const tick = findFirstToEvaluate(schedules, zone, times.catchup, decidedUpTo, now);
  const missed = countMissed(schedules, zone, decidedUpTo, tick === null ? now : tick - 1);
  const decided = tick ?? now;
  return { tick, missed, decidedUpTo: decided, nextDue: findNext(schedules, zone, decided) };
}

/** When a schedule ticks first after an instant; null: never. @throws InvalidCron, UnknownTimeZone */
export function findNextTick({ cron, timezone }: Omit<TickTimes, "catchup">, after: number): number | null {
  return findNext(cron.map(parseCron), getTimeZone(timezone), after);
}

function findNext(schedules: readonly CronSchedule[], zone: TimeZone, after: number): number | null {
  return unionTicksFrom(schedules, zone, Math.floor(after) + 1).next().value ?? null;
}

function findFirstToEvaluate(
  schedules: readonly CronSchedule[],
  zone: TimeZone,
  catchup: Catchup,
  decidedUpTo: number,
  now: number,
): number | null {
  const most = catchup === "skip" ? Infinity : catchup === "latest" ? 1 : catchup.all;
  const earliest = catchup === "skip" ? Math.max(decidedUpTo, now - IN_TIME_MS - 1) : decidedUpTo;
  let first: number | null = null;
  let count = 0;
  for (const tick of unionTicksBackFrom(schedules, zone, now)) {
    if (tick <= earliest || count === most) break;
    first = tick;
    count++;
  }
  return first;
}

function countMissed(
  schedules: readonly CronSchedule[],
  zone: TimeZone,
  after: number,
  upTo: number,
): MissedTicks | null {
  let last: number | null = null;
  let count = 0;
  for (const tick of unionTicksBackFrom(schedules, zone, upTo)) {
    if (tick <= after || count === MAX_COUNTED) break;
    last ??= tick;
    count++;
  }
  return last === null ? null : { count, last };
}
