import { expect, test } from "vitest";
import { plotLine, toPlotSeries } from "./plot-series.ts";

const event = (timestamp: string, rows: number | string) => ({
  timestamp,
  metadata: { rows: typeof rows === "number" ? { type: "int", value: rows } : { type: "text", text: rows } },
});

test("numbers are gathered by name, oldest first; one value alone makes no line", () => {
  const events = [
    event("2026-01-03T00:00:00Z", 30),
    event("2026-01-02T00:00:00Z", "n/a"),
    event("2026-01-01T00:00:00Z", 10),
  ];

  expect(toPlotSeries(events)).toEqual([
    {
      name: "rows",
      points: [
        { at: Date.parse("2026-01-01T00:00:00Z"), value: 10 },
        { at: Date.parse("2026-01-03T00:00:00Z"), value: 30 },
      ],
    },
  ]);
  expect(toPlotSeries(events.slice(0, 1))).toEqual([]);
});

test("a line fills its box; a flat one runs through the middle", () => {
  const series = (values: number[]) => ({ name: "", points: values.map((value, at) => ({ at, value })) });

  expect(plotLine(series([1, 3, 2]), 100, 10)).toBe("0.0,10.0 50.0,0.0 100.0,5.0");
  expect(plotLine(series([7, 7]), 100, 10)).toBe("0.0,5.0 100.0,5.0");
});
