import { expect, test } from "vitest";
import { topics } from "@millrace/model/topic";
import { connect } from "../database/connect.ts";
import { systemClock } from "@millrace/model/time/clock";
import { createTestContext } from "../testing/test-context.ts";
import { createWakeBus } from "../wake/wake-bus.ts";
import { runDaemon, type Daemon, type DaemonState } from "./daemon.ts";

const db = connect("postgresql://nobody@127.0.0.1:1/none");

/** A daemon whose ticks can be awaited. */
function createCounter(
  fail: (tick: number) => boolean = () => false,
): Daemon & { reached(tick: number): Promise<void>; ticks(): number } {
  let ticks = 0;
  const waiting = new Map<number, () => void>();
  return {
    name: "counter",
    topics: [topics.runs("default")],
    intervalMs: 3_600_000,
    async tick() {
      ticks++;
      waiting.get(ticks)?.();
      if (fail(ticks)) throw new Error(`tick ${ticks} failed`);
    },
    ticks: () => ticks,
    reached: (tick) =>
      ticks >= tick ? Promise.resolve() : new Promise((resolve) => waiting.set(tick, resolve)),
  };
}

test("a daemon ticks at its start and whenever something of its topics changes", async () => {
  const bus = createWakeBus(systemClock);
  const stop = new AbortController();
  const daemon = createCounter();
  const running = runDaemon(daemon, createTestContext(db, { bus }), stop.signal);
  await daemon.reached(1);

  bus.wake(topics.assets("default"));
  bus.wake(topics.runs("default"));
  await daemon.reached(2);
  stop.abort();
  await running;

  expect(daemon.ticks()).toBe(2);
});

test("a tick that fails does not end the daemon, and its error is kept", async () => {
  const bus = createWakeBus(systemClock);
  const stop = new AbortController();
  const daemon = createCounter((tick) => tick === 1);
  const states: DaemonState[] = [];
  const running = runDaemon(daemon, createTestContext(db, { bus }), stop.signal, (state) =>
    states.push(state),
  );

  await daemon.reached(2);
  stop.abort();
  await running;

  expect(states.map(({ lastError }) => lastError?.message ?? null)).toEqual(["tick 1 failed", null]);
});
