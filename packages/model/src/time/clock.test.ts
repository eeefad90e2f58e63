import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";

test("the system clock tells the machine's time to within two milliseconds, and more finely than that", () => {
  const before = Date.now();
  const now = systemClock.now();
  const after = Date.now();

  expect(now).toBeGreaterThanOrEqual(before - 2);
  expect(now).toBeLessThanOrEqual(after + 2);
  expect(Array.from({ length: 100 }, () => systemClock.now()).some((time) => !Number.isInteger(time))).toBe(
    true,
  );
});

test("sleeping ends when the signal is aborted, before or meanwhile, without an error", async () => {
  const before = AbortSignal.abort();
  const meanwhile = new AbortController();
  const long = systemClock.sleep(3_600_000, meanwhile.signal);

  await systemClock.sleep(3_600_000, before);
  meanwhile.abort(new Error("enough"));

  await expect(long).resolves.toBeUndefined();
});

test("sleeping longer than a timer can take does not end at once", async () => {
  const enough = new AbortController();
  let over = false;
  const sleeping = systemClock.sleep(2 ** 40, enough.signal).then(() => (over = true));
  await systemClock.sleep(5, new AbortController().signal);

  expect(over).toBe(false);
  enough.abort();
  await sleeping;
});
