import { DAY } from "../time/civil.ts";
import { countTicks, findTickFrom } from "../time/cron-ticks.ts";
import type { WindowGrid } from "./window-grid.ts";

/*
 * Each window of a grid has a number: how many windows start before it, from the grid's start on, those that exclusions leave out
 * included. Numbers stay what they are as time goes on. Sums at regular instants, kept for each grid, make number and window
 * of each other without counting from the start.
 */

const SPAN = 32 * DAY;
/** A minute: windows start at whole ones. */
const MINUTE = 60_000;

/** By grid: how many windows start before the instant `start + index * SPAN`. */
const sums = new WeakMap<WindowGrid, number[]>();

/** The number of the window that starts at `start`, which must not be before the grid's start. */
export function numberOfWindow(grid: WindowGrid, start: number): number {
  const span = Math.floor((start - grid.start) / SPAN);
  return sumUntil(grid, span) + countTicks(grid.schedule, grid.zone, grid.start + span * SPAN, start);
}

/**
 * When the window with this number starts.
 *
 * @param until no window is looked for that starts at or after this instant: null then.
 */
export function windowStartOf(grid: WindowGrid, number: number, until: number): number | null {
  if (number < 0 || until <= grid.start) return null;
  let first = 0;
  let last = Math.floor((until - grid.start) / SPAN);
  while (first < last) {
    const middle = Math.ceil((first + last) / 2);
    if (sumUntil(grid, middle) <= number) first = middle;
    else last = middle - 1;
  }
  const from = grid.start + first * SPAN;
  const rest = number - sumUntil(grid, first);
  // The last minute before which no more than `rest` windows have started.
  let low = 0;
  let high = Math.ceil(SPAN / MINUTE);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (countTicks(grid.schedule, grid.zone, from, from + middle * MINUTE) <= rest) low = middle;
    else high = middle - 1;
  }
  const start = findTickFrom(grid.schedule, grid.zone, from + low * MINUTE);
  return start !== null && start < until ? start : null;
}

function sumUntil(grid: WindowGrid, span: number): number {
  let known = sums.get(grid);
  if (!known) sums.set(grid, (known = [0]));
  for (let next = known.length; next <= span; next++) {
    const from = grid.start + (next - 1) * SPAN;
    known.push((known[next - 1] ?? 0) + countTicks(grid.schedule, grid.zone, from, from + SPAN));
  }
  return known[span] ?? 0;
}
