import { describe, expect, test } from "vitest";
import { decideDueTicks, findNextTick, type DueTicks, type TickTimes } from "./due-ticks.ts";

const at = (text: string): number => Date.parse(text);
const hourly = { cron: ["0 * * * *"], timezone: "UTC" };

function decide(times: TickTimes, decidedUpTo: string, now: string): object {
  const { tick, missed, decidedUpTo: decided, nextDue } = decideDueTicks(times, at(decidedUpTo), at(now));
  const show = (instant: number | null) => instant && new Date(instant).toISOString().slice(11, 16);
  return {
    tick: show(tick),
    missed: missed && `${missed.count} up to ${show(missed.last)}`,
    decided: show(decided),
    next: show(nextDue),
  };
}

describe("a schedule whose control plane was away for hours", () => {
  const away = ["2024-05-01T00:30:00Z", "2024-05-01T05:10:00Z"] as const;
  test.each([
    ["skip", { tick: null, missed: "5 up to 05:00", decided: "05:10", next: "06:00" }],
    ["latest", { tick: "05:00", missed: "4 up to 04:00", decided: "05:00", next: "06:00" }],
    [{ all: 2 }, { tick: "04:00", missed: "3 up to 03:00", decided: "04:00", next: "05:00" }],
    [{ all: 9 }, { tick: "01:00", missed: null, decided: "01:00", next: "02:00" }],
  ] as const)("makes up for what %j says", (catchup, decision) => {
    expect(decide({ ...hourly, catchup }, ...away)).toEqual(decision);
  });
});

test("a tick in time is evaluated whatever is made up for", () => {
  for (const catchup of ["skip", "latest", { all: 1 }] as const)
    expect(decide({ ...hourly, catchup }, "2024-05-01T00:00:00Z", "2024-05-01T01:00:00.020Z")).toEqual({
      tick: "01:00",
      missed: null,
      decided: "01:00",
      next: "02:00",
    });
});

test("a clock that is set back decides nothing again", () => {
  const decided = "2024-05-01T05:00:00Z";
  expect(decide({ ...hourly, catchup: { all: 5 } }, decided, "2024-05-01T02:30:00Z")).toEqual({
    tick: null,
    missed: null,
    decided: "05:00",
    next: "06:00",
  });
});

test("years of missed ticks are not counted one by one", () => {
  const times = { cron: ["* * * * *"], timezone: "UTC", catchup: "latest" } as const;
  const { missed } = decideDueTicks(times, at("2014-01-01T00:00:00Z"), at("2024-01-01T00:00:00Z"));
  expect(missed?.count).toBe(1_000);
});

test("a schedule without cron expressions is never due", () => {
  expect(findNextTick({ cron: [], timezone: "UTC" }, 0)).toBeNull();
});

test.each(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"])(
  "over a year in %s each tick is decided once, at whatever times it is looked at",
  (timezone) => {
    const times = { cron: ["30 2 * * *", "0 */3 * * *", "*/30 1 * * 0"], timezone, catchup: { all: 1_000 } };
    const start = at("2024-01-01T00:00:00Z");
    const end = at("2025-01-01T00:00:00Z");
    const seen: number[] = [];
    let decided = start;
    for (let now = start, step = 1; now < end; now += step = (step * 7_919) % 14_400_000) {
      let decision: DueTicks;
      do {
        decision = decideDueTicks(times, decided, now);
        expect(decision.missed).toBeNull();
        if (decision.tick !== null) seen.push(decision.tick);
        decided = decision.decidedUpTo;
      } while (decision.tick !== null);
    }

    const all: number[] = [];
    for (let next = findNextTick(times, start); next !== null && next <= decided;)
      next = findNextTick(times, all[all.push(next) - 1] ?? 0);
    expect(seen).toEqual(all);
  },
);
