import { civilDate, dayNumber, daysInMonth } from "./civil.ts";
import { matchingDays, type CronSchedule } from "./cron-schedule.ts";

/*
 * Ticks on a wall calendar, without time zones. A wall minute counts minutes since 1970-01-01T00:00 on the wall clock.
 * Months are the unit of work: a month's matching days are one bit mask, so days without ticks cost nothing.
 */

const MINUTES_PER_DAY = 1440;

/** The wall minutes in `[from, to)` at which the schedule fires, ascending. */
export function* wallTicks(schedule: CronSchedule, from: number, to: number): Generator<number, void, void> {
  const times = schedule.timesOfDay;
  let { year, month, day } = civilDate(Math.floor(from / MINUTES_PER_DAY));
  for (;;) {
    const firstOfMonth = dayNumber(year, month, 1);
    if (firstOfMonth * MINUTES_PER_DAY >= to) return;
    // Bits below `day` are cleared: those days are before `from`.
    for (let mask = matchingDays(schedule, year, month) & (-1 << day); mask !== 0; mask &= mask - 1) {
      const midnight = (firstOfMonth + trailingZeros(mask) - 1) * MINUTES_PER_DAY;
      for (let i = countBelow(times, from - midnight); i < times.length; i++) {
        const tick = midnight + (times[i] ?? 0);
        if (tick >= to) return;
        yield tick;
      }
    }
    day = 1;
    if (++month > 12) {
      month = 1;
      year++;
    }
  }
}

/** The wall minutes in `[to, from)`, descending: exactly `wallTicks(schedule, to, from)` reversed. */
export function* wallTicksBackward(
  schedule: CronSchedule,
  from: number,
  to: number,
): Generator<number, void, void> {
  const times = schedule.timesOfDay;
  let { year, month, day } = civilDate(Math.floor(from / MINUTES_PER_DAY));
  for (;;) {
    const firstOfMonth = dayNumber(year, month, 1);
    const upToDay = day >= 31 ? -1 : (1 << (day + 1)) - 1;
    for (let mask = matchingDays(schedule, year, month) & upToDay; mask !== 0;) {
      const last = 31 - Math.clz32(mask);
      mask &= ~(1 << last);
      const midnight = (firstOfMonth + last - 1) * MINUTES_PER_DAY;
      for (let i = countBelow(times, from - midnight) - 1; i >= 0; i--) {
        const tick = midnight + (times[i] ?? 0);
        if (tick < to) return;
        yield tick;
      }
    }
    if (firstOfMonth * MINUTES_PER_DAY <= to) return;
    day = 31;
    if (--month < 1) {
      month = 12;
      year--;
    }
  }
}

/** How many wall minutes in `[from, to)` the schedule fires at; takes time per month, not per tick. */
export function countWallTicks(schedule: CronSchedule, from: number, to: number): number {
  if (to <= from) return 0;
  const firstDay = Math.floor(from / MINUTES_PER_DAY);
  const lastDay = Math.floor(to / MINUTES_PER_DAY);
  const fromTime = from - firstDay * MINUTES_PER_DAY;
  const toTime = to - lastDay * MINUTES_PER_DAY;
  const times = schedule.timesOfDay;
  // Whole days from the first to the one before the last, then corrected by the two partial ones.
  let count = countMatchingDays(schedule, firstDay, lastDay) * times.length;
  if (dayMatches(schedule, firstDay)) count -= countBelow(times, fromTime);
  if (dayMatches(schedule, lastDay)) count += countBelow(times, toTime);
  return count;
}

function countMatchingDays(schedule: CronSchedule, from: number, to: number): number {
  let count = 0;
  let { year, month, day } = civilDate(from);
  for (let number = from; number < to;) {
    const rest = Math.min(daysInMonth(year, month) - day + 1, to - number);
    const range = (rest === 32 ? -1 : (1 << rest) - 1) << day;
    count += countBits(matchingDays(schedule, year, month) & range);
    number += rest;
    day = 1;
    if (++month > 12) {
      month = 1;
      year++;
    }
  }
  return count;
}

function dayMatches(schedule: CronSchedule, number: number): boolean {
  const { year, month, day } = civilDate(number);
  return (matchingDays(schedule, year, month) & (1 << day)) !== 0;
}

/** How many of the ascending `times` are below `limit`. */
function countBelow(times: readonly number[], limit: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** False for a valid expression that names only days that never come, such as April 31: walking it would not end. */
export function firesEver(schedule: CronSchedule): boolean {
  let known = firing.get(schedule);
  if (known === undefined) {
    // 28 years hold every combination of leap year and weekday; 2000-2027 has no skipped leap year.
    known = countMatchingDays(schedule, dayNumber(2000, 1, 1), dayNumber(2028, 1, 1)) > 0;
    firing.set(schedule, known);
  }
  return known;
}

const firing = new WeakMap<CronSchedule, boolean>();

function trailingZeros(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

function countBits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
