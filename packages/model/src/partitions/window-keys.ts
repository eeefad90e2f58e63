import { findTickFrom } from "../time/cron-ticks.ts";
import { formatDate, parseDate } from "../time/date-format.ts";
import { nominalTime } from "../time/segment-plan.ts";
import { formatOffset } from "../time/time-zone.ts";
import type { PartitionWindow } from "./definition.ts";
import { UnknownPartitionKey } from "./partition-errors.ts";
import {
  countWindows,
  existingWindows,
  isExcluded,
  windowsBackFrom,
  windowsFrom,
  type WindowGrid,
} from "./window-grid.ts";

/**
 * The key of the window that starts at `start`: the wall time of its schedule, in the definition's format. When a schedule fires in both of
 * two equal hours, the second gets the UTC offset appended, unless the format has it anyway.
 */
export function keyOfWindowStart(grid: WindowGrid, start: number): string {
  const { wall, offset } = nominalTime(grid.schedule, grid.zone, start);
  const key = formatDate(grid.format, wall, offset);
  const isSecond = grid.schedule.everyHour && !grid.format.hasOffset && grid.zone.isRepeated(start);
  return isSecond ? key + formatOffset(offset) : key;
}

/**
 * The window with this key, wherever it lies on the grid: it may be in the future, or before the definition's start.
 * Null when the text is not a key of this grid.
 */
export function findWindowOfKey(grid: WindowGrid, key: string): PartitionWindow | null {
  const instant = parseKeyTime(grid, key);
  const start = instant === null ? null : findTickFrom(grid.schedule, grid.zone, instant);
  if (start === null || keyOfWindowStart(grid, start) !== key) return null;
  const end = findTickFrom(grid.schedule, grid.zone, start + 1);
  return end === null ? null : { start, end };
}

/** Like `findWindowOfKey`. @throws UnknownPartitionKey */
export function getWindowOfKey(grid: WindowGrid, key: string): PartitionWindow {
  const window = findWindowOfKey(grid, key);
  if (!window) {
    throw new UnknownPartitionKey(key, `keys look like "${keyOfWindowStart(grid, grid.start)}"`);
  }
  return window;
}

/** Whether a window of this key exists at `now`. */
export function hasWindowKey(grid: WindowGrid, key: string, now: number): boolean {
  const window = findWindowOfKey(grid, key);
  const existing = window && existingWindows(grid, now);
  if (!window || !existing) return false;
  return window.start >= existing.start && window.end <= existing.end && !isExcluded(grid, window.start);
}

/** The keys that exist at `now`, oldest first. */
export function* windowKeys(grid: WindowGrid, now: number): Generator<string, void, void> {
  const existing = existingWindows(grid, now);
  if (existing) yield* windowKeysBetween(grid, existing);
}

/** The keys that exist at `now`, newest first. */
export function* windowKeysBackward(grid: WindowGrid, now: number): Generator<string, void, void> {
  const existing = existingWindows(grid, now);
  if (!existing) return;
  for (const window of windowsBackFrom(grid, existing.end - 1)) {
    if (window.start < existing.start) return;
    yield keyOfWindowStart(grid, window.start);
  }
}

/** The keys of the windows that start in `[between.start, between.end)`, oldest first. */
export function* windowKeysBetween(
  grid: WindowGrid,
  between: PartitionWindow,
): Generator<string, void, void> {
  for (const window of windowsFrom(grid, between.start)) {
    if (window.start >= between.end) return;
    yield keyOfWindowStart(grid, window.start);
  }
}

/** The answer to the newest question about each grid: where exclusions are dense, counting looks at every window. */
const countByGrid = new WeakMap<WindowGrid, PartitionWindow & { readonly count: number }>();

/** How many windows exist at `now`. */
export function countWindowKeys(grid: WindowGrid, now: number): number {
  const existing = existingWindows(grid, now);
  if (!existing) return 0;
  const { start, end } = existing;
  const known = countByGrid.get(grid);
  const isOlder = known !== undefined && known.start === start && known.end <= end;
  const count = isOlder ? known.count + countWindows(grid, known.end, end) : countWindows(grid, start, end);
  countByGrid.set(grid, { start, end, count });
  return count;
}

/**
 * The keys from `first` to `last`, both included; empty when they are in reverse order. The windows may be in the future
 * but must lie between the definition's start and end.
 *
 * @throws UnknownPartitionKey
 */
export function listWindowKeysInRange(grid: WindowGrid, first: string, last: string): string[] {
  const between = findRange(grid, first, last);
  return between === null ? [] : [...windowKeysBetween(grid, between)];
}

/** How many keys `listWindowKeysInRange` gives; does not enumerate them. @throws UnknownPartitionKey */
export function countWindowKeysInRange(grid: WindowGrid, first: string, last: string): number {
  const between = findRange(grid, first, last);
  return between === null ? 0 : countWindows(grid, between.start, between.end);
}

function findRange(grid: WindowGrid, first: string, last: string): PartitionWindow | null {
  const { start } = getWindowOfKey(grid, first);
  const { end } = getWindowOfKey(grid, last);
  if (start >= end) return null;
  if (start < grid.start) throw new UnknownPartitionKey(first, "it is before the start of the definition");
  if (grid.end !== null && end > grid.end) {
    throw new UnknownPartitionKey(last, "it is after the end of the definition");
  }
  return { start, end };
}

/** The window after the one with this key, if it exists at `now`. */
export function findNextWindow(grid: WindowGrid, after: number, now: number): PartitionWindow | null {
  const existing = existingWindows(grid, now);
  const next = existing && windowsFrom(grid, Math.max(after, existing.start)).next().value;
  return next && next.end <= existing.end ? next : null;
}

/** The last window that ends at or before `before`, if it exists at `now`. */
export function findPreviousWindow(grid: WindowGrid, before: number, now: number): PartitionWindow | null {
  const existing = existingWindows(grid, now);
  if (!existing) return null;
  for (const window of windowsBackFrom(grid, Math.min(before, existing.end) - 1)) {
    if (window.start < existing.start) return null;
    if (window.end <= before) return window;
  }
  return null;
}

/** The key of the last window that starts at or before `at`; not limited to existing windows. */
export function keyOfInstant(grid: WindowGrid, at: number): string | null {
  const window = windowsBackFrom(grid, at).next().value;
  return window ? keyOfWindowStart(grid, window.start) : null;
}

function parseKeyTime(grid: WindowGrid, key: string): number | null {
  const { zone, format } = grid;
  const parsed = parseDate(format, key);
  if (parsed) {
    return parsed.offset === null ? zone.instantsOfLocal(parsed.wall).first : parsed.wall - parsed.offset;
  }
  // The second of two equal hours: format and offset.
  const suffix = /[+-]\d{4}$/.exec(key)?.[0];
  if (!suffix || format.hasOffset) return null;
  const wall = parseDate(format, key.slice(0, -suffix.length))?.wall;
  if (wall === undefined) return null;
  const { last } = zone.instantsOfLocal(wall);
  return formatOffset(zone.offsetAt(last)) === suffix ? last : null;
}
