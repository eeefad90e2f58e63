import { expect, test } from "vitest";
import { getTimeZone, UnknownTimeZone } from "./time-zone.ts";

const wall = (text: string): number => Date.parse(`${text}Z`);

test("a wall time that was shown twice stands for two instants", () => {
  const { first, last, skipped } = getTimeZone("Europe/Berlin").instantsOfLocal(wall("2024-10-27T02:30:00"));

  expect(skipped).toBe(false);
  expect(new Date(first).toISOString()).toBe("2024-10-27T00:30:00.000Z");
  expect(new Date(last).toISOString()).toBe("2024-10-27T01:30:00.000Z");
});

test("a wall time that was skipped moves on by the length of the gap", () => {
  const { first, skipped } = getTimeZone("Europe/Berlin").instantsOfLocal(wall("2024-03-31T02:30:00"));

  expect(skipped).toBe(true);
  expect(new Date(first).toISOString()).toBe("2024-03-31T01:30:00.000Z");
});

test("a day can be skipped whole", () => {
  const { first, skipped } = getTimeZone("Pacific/Apia").instantsOfLocal(wall("2011-12-30T12:00:00"));

  expect(skipped).toBe(true);
  expect(new Date(first).toISOString()).toBe("2011-12-30T22:00:00.000Z");
});

test("an unknown zone is an error that says what to write", () => {
  expect(() => getTimeZone("Mars/Olympus")).toThrow(UnknownTimeZone);
});

test("the far past is one segment, so walking back into it ends", () => {
  const { start, offset } = getTimeZone("America/New_York").segmentAt(Date.parse("0050-01-01T00:00:00Z"));

  expect(start).toBe(-Infinity);
  expect(Math.abs(offset)).toBeLessThan(24 * 3_600_000);
});
