import { expect, test } from "vitest";
import { createStartGate } from "./start-gate.ts";

test("no more than the limit at once, in the order of asking, and a failure makes room too", async () => {
  const gate = createStartGate(2);
  const started: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const results = ends.map(({ promise }, index) =>
    gate.run(() => {
      started.push(index);
      return promise;
    }),
  );
  const settled = Promise.allSettled(results);
  expect(started).toEqual([0, 1]);

  ends[1]?.reject(new Error("did not start"));
  await expect(results[1]).rejects.toThrow("did not start");
  expect(started).toEqual([0, 1, 2]);

  for (const [index, { resolve }] of ends.entries()) resolve(index);
  await settled;
  expect(started).toEqual([0, 1, 2, 3, 4]);
  expect(await gate.run(() => Promise.resolve("free again"))).toBe("free again");
});
