import { MINUTE } from "./civil.ts";
import type { CronSchedule } from "./cron-schedule.ts";
import type { TimeZone, ZoneSegment } from "./time-zone.ts";
import { wallTicks } from "./wall-ticks.ts";

/*
 * The daylight saving rule, in one place. A zone's time is a row of segments (stretches of one offset); a plan says at
 * which minutes of a segment's wall clock a schedule fires:
 * - a schedule whose hour is `*` fires whenever the clock shows a matching time: twice in a repeated hour, not at all in a
 *   skipped one;
 * - for others, a repeated time fires at its second occurrence when its hour is 1, 2 or 3, else at its first: a day that
 *   has two midnights begins at the first one;
 * - a skipped time fires right after the gap when its hour is 1, 2 or 3, else it moves on by the length of the gap.
 */

/** Where a schedule fires within a segment, in wall minutes: at `head`, on every tick of `[from, to)`, and at `tail`. */
export interface SegmentPlan {
  /** Milliseconds east of UTC. */
  readonly offset: number;
  readonly head: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly tail: readonly number[];
}

export function planSegment(schedule: CronSchedule, zone: TimeZone, segment: ZoneSegment): SegmentPlan {
  const { offset } = segment;
  let from = wallMinuteAtOrAfter(segment.start, offset);
  let to = wallMinuteAtOrAfter(segment.end, offset);
  const plain = { offset, head: [], from, to, tail: [] };
  if (schedule.everyHour || segment.start === -Infinity) return plain;
  const skippedBefore = (offset - zone.offsetAt(segment.start - 1)) / MINUTE;
  const repeatedAfter = (offset - zone.offsetAt(segment.end)) / MINUTE;
  if (skippedBefore === 0 && repeatedAfter <= 0) return plain;

  let head: number[] = [];
  let tail: number[] = [];
  if (skippedBefore !== 0) {
    const end = Math.min(to, from + Math.ceil(Math.abs(skippedBefore)));
    const ticks = [...wallTicks(schedule, from, end)];
    head =
      skippedBefore < 0
        ? ticks.filter(isNightHour)
        : [...new Set([...ticks, ...movedTicks(schedule, from, skippedBefore)])].sort((a, b) => a - b);
    from = end;
  }
  if (repeatedAfter > 0) {
    const start = Math.max(from, to - Math.ceil(repeatedAfter));
    tail = [...wallTicks(schedule, start, to)].filter((tick) => !isNightHour(tick));
    to = start;
  }
  return { offset, head, from, to, tail };
}

/**
 * What the schedule calls the time of a tick: the wall time and offset of the instant or, if the tick stands for a skipped
 * time that moved on by the length of the gap, that skipped time and the offset before the gap. All in milliseconds.
 */
export function nominalTime(
  schedule: CronSchedule,
  zone: TimeZone,
  tick: number,
): { readonly wall: number; readonly offset: number } {
  const segment = zone.segmentAt(tick);
  const { offset } = segment;
  const actual = { wall: tick + offset, offset };
  if (schedule.everyHour || segment.start === -Infinity) return actual;
  const before = zone.offsetAt(segment.start - 1);
  if (before >= offset || tick - segment.start >= offset - before) return actual;
  const minute = wallMinuteAtOrAfter(tick, offset);
  if (!wallTicks(schedule, minute, minute + 1).next().done) return actual;
  const skipped = minute - (offset - before) / MINUTE;
  const isMoved = !isNightHour(skipped) && !wallTicks(schedule, skipped, skipped + 1).next().done;
  return isMoved ? { wall: tick + before, offset: before } : actual;
}

export function wallMinuteAtOrAfter(instant: number, offset: number): number {
  return Math.ceil((instant + offset) / MINUTE);
}

/** The wall minutes at which the ticks of a gap fire instead; `afterGap` is the first minute after it. */
function movedTicks(schedule: CronSchedule, afterGap: number, gap: number): number[] {
  const skipped = wallTicks(schedule, Math.ceil(afterGap - gap), afterGap);
  return Array.from(skipped, (tick) => (isNightHour(tick) ? afterGap : tick + gap));
}

/** Hours 1, 2 and 3, in which most zones change their clocks. */
function isNightHour(wallMinute: number): boolean {
  const time = ((wallMinute % 1440) + 1440) % 1440;
  return time >= 60 && time < 240;
}
