import { systemClock } from "@millrace/model/time/clock";
import { topics } from "@millrace/model/topic";
import { expect, test } from "vitest";
import { createWakeBus } from "./wake-bus.ts";

const work = topics.work("default", "gpu");
const token = topics.agentToken("default", "t");

/** Waiters in turn, and who of them was woken, by number. */
function startLine(count: number) {
  const bus = createWakeBus(systemClock);
  const woken: number[] = [];
  const line = Array.from({ length: count }, () => bus.waitInTurn([work], [token]));
  const sleepers = line.map(async (waiting, index) => {
    const changed = await waiting.next();
    if (changed.length > 0) woken.push(index);
    return changed;
  });
  const settle = () => new Promise((resolve) => void setImmediate(resolve));
  return { bus, line, sleepers, woken, settle };
}

test("a hint wakes the one who has waited longest, and the next hint the next one", async () => {
  const { bus, woken, settle } = startLine(3);

  bus.wake(work);
  await settle();
  expect(woken).toEqual([0]);

  bus.wake(work);
  await settle();
  expect(woken).toEqual([0, 1]);
  bus.end();
});

test("whoever leaves without having seen to it has the next one woken, and whoever has seen to it has not", async () => {
  const { bus, line, woken, settle } = startLine(3);
  bus.wake(work);
  await settle();

  line[0]?.[Symbol.dispose]();
  await settle();
  expect(woken).toEqual([0, 1]);

  line[1]?.finishTurn();
  line[1]?.[Symbol.dispose]();
  await settle();
  expect(woken).toEqual([0, 1]);
  bus.end();
});

test("what comes while the only one looks is kept for it, and is passed on when it leaves", async () => {
  const bus = createWakeBus(systemClock);
  const looking = bus.waitInTurn([work], []);

  bus.wake(work);
  expect(await looking.next()).toEqual([work]);
  bus.wake(work);
  const later = bus.waitInTurn([work], []);
  looking.finishTurn();
  looking[Symbol.dispose]();

  expect(await later.next()).toEqual([work]);
});

test("what concerns everyone wakes everyone; missed hints wake one of the line", async () => {
  const all = startLine(3);
  all.bus.wake(token);
  expect(await Promise.all(all.sleepers)).toEqual([[token], [token], [token]]);

  const missed = startLine(3);
  missed.bus.wakeAll();
  await missed.settle();
  expect(missed.woken).toEqual([0]);
  missed.bus.end();
});
