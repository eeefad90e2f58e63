import { expect, test } from "vitest";
import { findShortestPrefix } from "./shortest-prefix.ts";

test("the shortest prefix that fails is found by halving, to a thousandth of the whole", async () => {
  const tried: number[] = [];
  const found = await findShortestPrefix(10, async (until) => {
    tried.push(until);
    return until >= 3.3;
  });

  expect(found).toBeGreaterThanOrEqual(3.3);
  expect(found).toBeLessThan(3.31);
  expect(tried).toHaveLength(10);
});

test("what fails only as a whole stays whole", async () => {
  expect(await findShortestPrefix(10, async () => false)).toBe(10);
});
