import { expect, test } from "vitest";
import { advanceMark, type EventMark } from "./event-mark.ts";

const START: EventMark = { low: 10, high: 10, horizon: 100, seen: [] };

test("an event that becomes visible after higher ones is new all the same, and each only once", () => {
  const first = advanceMark(START, { ids: [12, 13], oldest: 100, next: 105 });
  const second = advanceMark(first.mark, { ids: [11, 12, 13], oldest: 102, next: 106 });
  const third = advanceMark(second.mark, { ids: [11, 12, 13], oldest: 103, next: 106 });

  expect([...first.fresh]).toEqual([12, 13]);
  expect([...second.fresh]).toEqual([11]);
  expect([...third.fresh]).toEqual([]);
});

test("what can't become visible any more is not read again, and a stream of events does not put that off", () => {
  const { mark } = advanceMark(START, { ids: [12], oldest: 100, next: 105 });
  const busy = advanceMark(mark, { ids: [12, 14], oldest: 104, next: 109 }).mark;
  const settled = advanceMark(busy, { ids: [12, 14, 15], oldest: 105, next: 110 }).mark;

  expect(busy).toEqual({ low: 10, high: 12, horizon: 105, seen: [12, 14] });
  expect(settled).toEqual({ low: 12, high: 15, horizon: 110, seen: [14, 15] });
});
