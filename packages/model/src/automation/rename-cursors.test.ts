import { expect, test } from "vitest";
import type { AutomationCursor } from "./cursor.ts";
import { renameCursors } from "./rename-cursors.ts";

const WHOLE = { type: "whole", included: true } as const;
const cursor = (change: Partial<AutomationCursor> = {}): AutomationCursor => ({
  time: 1,
  lastEvent: 1,
  requested: { type: "whole", included: false },
  memory: {},
  codeVersions: {},
  rest: { until: null, looksAt: ["old"] },
  ...change,
});
const RENAMED = new Map([["old", "new"]]);

test("an asset, its checks and what others remember of it go on under its new key, and are looked at again", () => {
  const cursors = new Map([
    ["old", cursor({ memory: { "k1@old": WHOLE } })],
    ["old:whole", cursor({ memory: { "k2@old:whole": WHOLE } })],
    ["other", cursor({ memory: { "k3@old": WHOLE, "k3@older": WHOLE }, codeVersions: { old: "1" } })],
  ]);

  const renamed = renameCursors(cursors, RENAMED);

  expect([...renamed.keys()]).toEqual(["new", "new:whole", "other"]);
  expect(Object.keys(renamed.get("new:whole")?.memory ?? {})).toEqual(["k2@new:whole"]);
  expect(renamed.get("other")).toMatchObject({
    memory: { "k3@new": WHOLE, "k3@older": WHOLE },
    codeVersions: { new: "1" },
    rest: null,
  });
});

test("what is remembered under the new key already stays", () => {
  const renamed = renameCursors(
    new Map([
      ["old", cursor({ time: 1 })],
      ["new", cursor({ time: 2 })],
    ]),
    RENAMED,
  );

  expect([...renamed].map(([name, { time }]) => [name, time])).toEqual([["new", 2]]);
});
