import { MINUTE } from "./civil.ts";
import type { CronSchedule } from "./cron-schedule.ts";
import { planSegment, wallMinuteAtOrAfter } from "./segment-plan.ts";
import type { TimeZone } from "./time-zone.ts";
import { countWallTicks, firesEver, wallTicks, wallTicksBackward } from "./wall-ticks.ts";

/*
 * Ticks of a cron schedule in a time zone. Instants are milliseconds since the epoch. The zone's time is walked segment by
 * segment, each on its own wall clock; `segment-plan.ts` has the rules for the seams, so that both directions agree.
 */

/** The ticks at or after `from`, ascending, without end (empty if the schedule names only days that never come). */
export function* ticksFrom(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
): Generator<number, void, void> {
  if (!firesEver(schedule)) return;
  for (let segment = zone.segmentAt(from); ; segment = zone.segmentAt(segment.end)) {
    const plan = planSegment(schedule, zone, segment);
    const start = wallMinuteAtOrAfter(from, plan.offset);
    for (const tick of plan.head) if (tick >= start) yield tick * MINUTE - plan.offset;
    const ticks = wallTicks(schedule, Math.max(plan.from, start), plan.to);
    for (const tick of ticks) yield tick * MINUTE - plan.offset;
    for (const tick of plan.tail) if (tick >= start) yield tick * MINUTE - plan.offset;
    if (segment.end === Infinity) return;
  }
}

/** The ticks at or before `from`, descending, without end. */
export function* ticksBackFrom(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
): Generator<number, void, void> {
  if (!firesEver(schedule)) return;
  for (let segment = zone.segmentAt(from); ; segment = zone.segmentAt(segment.start - 1)) {
    const plan = planSegment(schedule, zone, segment);
    const end = wallMinuteAtOrAfter(from + 1, plan.offset);
    for (const tick of plan.tail.toReversed()) if (tick < end) yield tick * MINUTE - plan.offset;
    const ticks = wallTicksBackward(schedule, Math.min(plan.to, end), plan.from);
    for (const tick of ticks) yield tick * MINUTE - plan.offset;
    for (const tick of plan.head.toReversed()) if (tick < end) yield tick * MINUTE - plan.offset;
    if (segment.start === -Infinity) return;
  }
}

/** How many ticks lie in `[from, to)`; takes time per month, not per tick. */
export function countTicks(schedule: CronSchedule, zone: TimeZone, from: number, to: number): number {
  if (!firesEver(schedule)) return 0;
  let count = 0;
  for (let at = from; at < to;) {
    const segment = zone.segmentAt(at);
    const plan = planSegment(schedule, zone, segment);
    const start = wallMinuteAtOrAfter(from, plan.offset);
    const end = wallMinuteAtOrAfter(to, plan.offset);
    count += countWallTicks(schedule, Math.max(plan.from, start), Math.min(plan.to, end));
    for (const tick of plan.head) if (tick >= start && tick < end) count++;
    for (const tick of plan.tail) if (tick >= start && tick < end) count++;
    at = segment.end;
  }
  return count;
}

/** The first tick at or after `at`, or null when the schedule never fires. */
export function findTickFrom(schedule: CronSchedule, zone: TimeZone, at: number): number | null {
  return ticksFrom(schedule, zone, at).next().value ?? null;
}

/** The last tick at or before `at`, or null when the schedule never fires. */
export function findTickBackFrom(schedule: CronSchedule, zone: TimeZone, at: number): number | null {
  return ticksBackFrom(schedule, zone, at).next().value ?? null;
}

/** Whether the schedule fires at exactly this instant. */
export function isTick(schedule: CronSchedule, zone: TimeZone, at: number): boolean {
  return findTickFrom(schedule, zone, at) === at;
}
