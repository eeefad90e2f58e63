import { expect, test } from "vitest";
import { layoutWaterfall } from "./waterfall-layout.ts";

const step = (key: string, startedAt: number | null, endedAt: number | null) => ({
  key,
  state: "success",
  startedAt,
  endedAt,
  waitingUntil: null,
});

test("bars stand where their steps ran; a step that runs reaches to now, one that waits has none", () => {
  const { rows } = layoutWaterfall(
    [step("waits", null, null), step("b", 1_500, null), step("a", 1_000, 1_250)],
    1_000,
    2_000,
  );

  expect(rows.map((row) => [row.key, row.bar, row.durationMs])).toEqual([
    ["a", { left: 0, width: 0.25 }, 250],
    ["b", { left: 0.5, width: 0.5 }, 500],
    ["waits", null, null],
  ]);
});

test("clocks that disagree stretch the axis instead of leaving it", () => {
  const { rows } = layoutWaterfall([step("early", 900, 950), step("late", 1_900, 2_100)], 1_000, 2_000);

  for (const { bar } of rows) expect(bar && bar.left >= 0 && bar.left + bar.width <= 1).toBe(true);
});

test.each([
  [1_000, [0, 200, 400, 600, 800, 1_000]],
  [7_300, [0, 2_000, 4_000, 6_000]],
  [150_000, [0, 30_000, 60_000, 90_000, 120_000, 150_000]],
])("an axis of %d ms has round marks", (length, marks) => {
  expect(layoutWaterfall([], 0, length).axis.ticks.map((tick) => tick.atMs)).toEqual(marks);
});
