import { expect, test } from "vitest";
import { matchPatterns } from "./match-patterns.ts";

test("patterns are tried as their author may have meant them", async () => {
  const pairs = [
    { pattern: "^[a-z]+$", text: "abc" },
    { pattern: "^[a-z]+$", text: "ABC" }, // Written with the flag i, perhaps.
    { pattern: "^[a-z]+$", text: "123" },
    { pattern: "^\\w+\\@\\w+\\.com$", text: "a@b.com" }, // No pattern with the flag u.
    { pattern: "[", text: "never read" },
  ];

  expect(await matchPatterns(pairs)).toEqual([true, true, false, true, true]);
});

test("a pattern that takes for ever is given up, and does not keep others from being tried", async () => {
  const startedAt = performance.now();
  let turns = 0;
  const counting = setInterval(() => turns++, 5);

  const answer = await matchPatterns([{ pattern: "^(a+)+$", text: `${"a".repeat(40)}!` }]);

  clearInterval(counting);
  expect(answer).toBeNull();
  expect(turns).toBeGreaterThan(1); // The event loop went on.
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  expect(await matchPatterns([{ pattern: "^a$", text: "a" }])).toEqual([true]);
});
