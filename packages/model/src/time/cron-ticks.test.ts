import { describe, expect, test } from "vitest";
import { DAY } from "./civil.ts";
import { parseCron } from "./cron-schedule.ts";
import { countTicks, findTickFrom, ticksBackFrom, ticksFrom } from "./cron-ticks.ts";
import { getTimeZone } from "./time-zone.ts";

const from = Date.parse("2010-01-01T00:00:00Z");
const to = from + 400 * DAY;

describe.for([
  ["America/New_York", "30 2 * * *"],
  ["America/Havana", "30 0 * * *"], // Changes at midnight.
  ["America/St_Johns", "* * * * *"], // Went back at 00:01, into the day before.
  ["Australia/Lord_Howe", "*/20 1-2 * * *"], // Half an hour.
  ["Africa/Casablanca", "0 2 * * 0"],
  ["Pacific/Apia", "0 12 30 * *"], // Skipped a whole day in 2011.
  ["Asia/Tehran", "15 0,23 L * *"],
] as const)("in %s, %s", ([zoneName, expression]) => {
  const zone = getTimeZone(zoneName);
  const schedule = parseCron(expression);
  const forward: number[] = [];
  for (const tick of ticksFrom(schedule, zone, from)) {
    if (tick >= to) break;
    forward.push(tick);
  }

  test("walking back gives the same ticks as walking forward", () => {
    const backward: number[] = [];
    for (const tick of ticksBackFrom(schedule, zone, to - 1)) {
      if (tick < from) break;
      backward.push(tick);
    }

    expect(backward.toReversed()).toEqual(forward);
  });

  test("counting agrees with walking", () => {
    expect(countTicks(schedule, zone, from, to)).toBe(forward.length);
  });

  test("ticks ascend", () => {
    expect(forward.every((tick, i) => i === 0 || tick > (forward[i - 1] ?? 0))).toBe(true);
  });
});

test("a schedule whose days never come has no ticks", () => {
  expect(findTickFrom(parseCron("0 0 31 4 *"), getTimeZone("UTC"), from)).toBeNull();
});

test("a tick at the start is included", () => {
  expect(findTickFrom(parseCron("@daily"), getTimeZone("UTC"), from)).toBe(from);
});

test("a million hourly ticks are counted without being walked", () => {
  const until = Date.UTC(2130, 0, 1);

  const count = countTicks(parseCron("@hourly"), getTimeZone("Europe/Berlin"), from, until);

  expect(count).toBe((until - from) / 3_600_000);
});
