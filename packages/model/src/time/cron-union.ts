import type { CronSchedule } from "./cron-schedule.ts";
import { ticksBackFrom, ticksFrom } from "./cron-ticks.ts";
import type { TimeZone } from "./time-zone.ts";

/** The ticks of any of the schedules at or after `from`, ascending; equal instants count once. */
export function unionTicksFrom(
  schedules: readonly CronSchedule[],
  zone: TimeZone,
  from: number,
): Generator<number, void, void> {
  return merge(
    schedules.map((schedule) => ticksFrom(schedule, zone, from)),
    (a, b) => a < b,
  );
}

/** The ticks of any of the schedules at or before `from`, descending; equal instants count once. */
export function unionTicksBackFrom(
  schedules: readonly CronSchedule[],
  zone: TimeZone,
  from: number,
): Generator<number, void, void> {
  return merge(
    schedules.map((schedule) => ticksBackFrom(schedule, zone, from)),
    (a, b) => a > b,
  );
}

function* merge(
  sources: readonly Iterator<number, void, void>[],
  isBefore: (a: number, b: number) => boolean,
): Generator<number, void, void> {
  const heads = sources.map((source) => source.next().value);
  for (;;) {
    let next: number | undefined;
    for (const head of heads) {
      if (typeof head === "number" && (next === undefined || isBefore(head, next))) next = head;
    }
    if (next === undefined) return;
    for (const [i, source] of sources.entries()) {
      if (heads[i] === next) heads[i] = source.next().value;
    }
    yield next;
  }
}
