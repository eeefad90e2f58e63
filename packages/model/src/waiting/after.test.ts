import { expect, test } from "vitest";
import { getEventListeners } from "node:events";
import { backgroundClock, systemClock } from "../time/clock.ts";
import { after } from "./after.ts";
import { every } from "./every.ts";
import { onAbort } from "./on-abort.ts";
import { within } from "./within.ts";

test("something is done once its time is over, but not when it was disposed of before", async () => {
  const done: string[] = [];
  const never = after(systemClock, 5, () => done.push("disposed of"));
  never[Symbol.dispose]();

  await new Promise<void>((resolve) => {
    after(systemClock, 10, () => {
      done.push("over");
      resolve();
    });
  });

  expect(done).toEqual(["over"]);
});

test("what goes by the background clock keeps no process alive", async () => {
  const stop = new AbortController();
  const held = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = held();

  const timer = after(backgroundClock, 60_000, () => {});
  const rounds = every(backgroundClock, 60_000, stop.signal, () => {});
  const wait = within(backgroundClock, 60_000, new Promise(() => {}), stop.signal);

  expect(held()).toBe(before);
  const holding = after(systemClock, 60_000, () => {});
  expect(held()).toBe(before + 1);

  timer[Symbol.dispose]();
  holding[Symbol.dispose]();
  stop.abort(new Error("stopped"));
  await rounds;
  await expect(wait).rejects.toThrow("stopped");
});

test("an abort is told once, at once where it was before, and not to who has disposed of it", () => {
  const controller = new AbortController();
  const told: string[] = [];
  onAbort(controller.signal, () => told.push("disposed of"))[Symbol.dispose]();
  onAbort(controller.signal, () => told.push("listening"));
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);

  controller.abort();
  onAbort(controller.signal, () => told.push("late"));

  expect(told).toEqual(["listening", "late"]);
});
