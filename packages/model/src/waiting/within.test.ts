import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import type { Clock } from "../time/clock.ts";
import { TOO_LATE, within } from "./within.ts";

/** Time that moves when the test says so. */
function stillClock(): Clock & { end(): void; readonly sleepers: Set<() => void> } {
  const sleepers = new Set<() => void>();
  return {
    sleepers,
    now: () => 0,
    monotonic: () => 0,
    sleep: (_milliseconds, signal) =>
      new Promise((resolve) => {
        const end = (): void => {
          sleepers.delete(end);
          resolve();
        };
        sleepers.add(end);
        signal.addEventListener("abort", end, { once: true });
      }),
    end: () => sleepers.forEach((end) => end()),
  };
}

test("what comes in time is what is answered, and no timer is left behind", async () => {
  const clock = stillClock();

  expect(await within(clock, 1_000, Promise.resolve("here"))).toBe("here");
  expect(clock.sleepers.size).toBe(0);
});

test("what does not come in time is too late", async () => {
  const clock = stillClock();
  const never = new Promise<string>(() => {});

  const answer = within(clock, 1_000, never);
  clock.end();

  expect(await answer).toBe(TOO_LATE);
});

test("a signal ends the wait with its reason, and keeps no listener of a wait that is over", async () => {
  const clock = stillClock();
  const controller = new AbortController();
  await within(clock, 1_000, Promise.resolve(), controller.signal);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);

  const answer = within(clock, 1_000, new Promise(() => {}), controller.signal);
  controller.abort(new Error("stopped"));

  await expect(answer).rejects.toThrow("stopped");
  expect(clock.sleepers.size).toBe(0);
});

test("a promise that fails fails the wait, also when nobody waits for it any more", async () => {
  const clock = stillClock();
  await expect(within(clock, 1_000, Promise.reject(new Error("broken")))).rejects.toThrow("broken");

  const late = Promise.withResolvers<void>();
  const answer = within(clock, 1_000, late.promise);
  clock.end();
  await answer;
  late.reject(new Error("nobody listens"));
});
