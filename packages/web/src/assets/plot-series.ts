import { numberOf, parseMetadata } from "../ui/metadata/parse-metadata.ts";

/** One numeric metadata value over time, oldest first; instants are milliseconds since the epoch. */
export interface PlotSeries {
  readonly name: string;
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

/** The numbers that at least two events have, by name. Events may come in any order. */
export function toPlotSeries(
  events: readonly { readonly timestamp: string; readonly metadata: unknown }[],
): PlotSeries[] {
  const series = new Map<string, { at: number; value: number }[]>();
  for (const event of events) {
    for (const entry of parseMetadata(event.metadata)) {
      const value = numberOf(entry.value);
      if (value === null) continue;
      series.set(entry.name, [...(series.get(entry.name) ?? []), { at: Date.parse(event.timestamp), value }]);
    }
  }
  return [...series]
    .filter(([, points]) => points.length > 1)
    .map(([name, points]) => ({ name, points: points.sort((a, b) => a.at - b.at) }));
}

/** The points of a line in a box of this size, as SVG takes them. Evenly spaced: events come in bursts. */
export function plotLine(series: PlotSeries, width: number, height: number): string {
  const values = series.points.map((point) => point.value);
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return values
    .map((value, index) => {
      const x = (index / (values.length - 1)) * width;
      const y = range === 0 ? height / 2 : height - ((value - low) / range) * height;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}
