import { DAY } from "../time/civil.ts";
import { parseCron, type CronSchedule } from "../time/cron-schedule.ts";
import {
  countTicks,
  findTickBackFrom,
  findTickFrom,
  isTick,
  ticksBackFrom,
  ticksFrom,
} from "../time/cron-ticks.ts";
import { unionTicksFrom } from "../time/cron-union.ts";
import { parseDate, parseDateFormat, type DateFormat } from "../time/date-format.ts";
import { getTimeZone, type TimeZone } from "../time/time-zone.ts";
import type { PartitionWindow, TimePartitions } from "./definition.ts";
import { InvalidPartitionsDefinition } from "./partition-errors.ts";

/** A time-partitions definition made ready for arithmetic. Instants are milliseconds since the epoch. */
export interface WindowGrid {
  readonly schedule: CronSchedule;
  readonly zone: TimeZone;
  readonly start: number;
  readonly end: number | null;
  readonly endOffset: number;
  readonly format: DateFormat;
  readonly excluded: {
    readonly crons: readonly CronSchedule[];
    readonly instants: ReadonlySet<number>;
  } | null;
}

/** A walk gives up after this many excluded windows in a row, or when it got this far: the exclusions then leave nothing. */
const MAX_EXCLUDED_IN_A_ROW = 100_000;
const MAX_EXCLUDED_SPAN = 100 * 366 * DAY;

const grids = new WeakMap<TimePartitions, WindowGrid>();

/**
 * The grid of a definition; compiled once per definition object.
 *
 * @throws InvalidPartitionsDefinition, or an error of one of its parts (InvalidCron, UnknownTimeZone, InvalidDateFormat)
 */
export function windowGrid(definition: TimePartitions): WindowGrid {
  let grid = grids.get(definition);
  if (!grid) {
    grid = compile(definition);
    grids.set(definition, grid);
  }
  return grid;
}

/** The cron expression that cuts the windows of a definition. */
export function cronOfPartitions(definition: TimePartitions): string {
  const { minuteOffset = 0, hourOffset = 0, dayOffset } = definition;
  switch (definition.type) {
    case "hourly":
      return `${minuteOffset} * * * *`;
    case "daily":
      return `${minuteOffset} ${hourOffset} * * *`;
    case "weekly":
      return `${minuteOffset} ${hourOffset} * * ${dayOffset ?? 0}`;
    case "monthly":
      return `${minuteOffset} ${hourOffset} ${dayOffset ?? 1} * *`;
    case "cron":
      if (definition.cron === undefined)
        throw new InvalidPartitionsDefinition('type "cron" needs a cron expression');
      return definition.cron;
  }
}

/** The strftime pattern of a definition's keys. Unless the definition has one, it tells times of day apart where a day has several. */
export function formatOfPartitions(definition: TimePartitions): string {
  if (definition.format !== undefined) return definition.format;
  const { timesOfDay } = parseCron(cronOfPartitions(definition));
  return timesOfDay.length > 1 ? "%Y-%m-%d-%H:%M" : "%Y-%m-%d";
}

/** The windows that start at or after `from`, ascending, without end: also before the grid's start and in the future. */
export function* windowsFrom(grid: WindowGrid, from: number): Generator<PartitionWindow, void, void> {
  let start: number | null = null;
  let excludedInARow = 0;
  let lastYielded = from;
  for (const tick of ticksFrom(grid.schedule, grid.zone, from)) {
    if (start !== null) {
      if (!isExcluded(grid, start)) {
        excludedInARow = 0;
        lastYielded = start;
        yield { start, end: tick };
      } else if (isTooFar(++excludedInARow, start - lastYielded)) return;
    }
    start = tick;
  }
}

/** The windows that start at or before `from`, descending, without end. */
export function* windowsBackFrom(grid: WindowGrid, from: number): Generator<PartitionWindow, void, void> {
  let end = findTickFrom(grid.schedule, grid.zone, from + 1);
  if (end === null) return;
  let excludedInARow = 0;
  let lastYielded = from;
  for (const start of ticksBackFrom(grid.schedule, grid.zone, from)) {
    if (!isExcluded(grid, start)) {
      excludedInARow = 0;
      lastYielded = start;
      yield { start, end };
    } else if (isTooFar(++excludedInARow, lastYielded - start)) return;
    end = start;
  }
}

/** How many windows start in `[from, to)`; without exclusions this takes time per month, not per window. */
export function countWindows(grid: WindowGrid, from: number, to: number): number {
  const total = countTicks(grid.schedule, grid.zone, from, to);
  if (!grid.excluded || total === 0) return total;
  const { crons, instants } = grid.excluded;
  const candidates = crons.reduce((sum, cron) => sum + countTicks(cron, grid.zone, from, to), 0);
  if (candidates > total) {
    // The exclusions are denser than the windows: look at the windows instead.
    let count = 0;
    for (const start of ticksFrom(grid.schedule, grid.zone, from)) {
      if (start >= to) break;
      if (!isExcluded(grid, start)) count++;
    }
    return count;
  }
  const excluded = new Set<number>();
  for (const instant of instants) if (instant >= from && instant < to) excluded.add(instant);
  for (const tick of unionTicksFrom(crons, grid.zone, from)) {
    if (tick >= to) break;
    excluded.add(tick);
  }
  let count = total;
  for (const instant of excluded) if (isTick(grid.schedule, grid.zone, instant)) count--;
  return count;
}

/** The windows that exist at some time: from the start of the first to the end of the last one. */
export interface ExistingWindows extends PartitionWindow {
  readonly last: PartitionWindow;
}

/** The answer to the newest question about each grid: one evaluation asks the same again and again. */
const existingByGrid = new WeakMap<
  WindowGrid,
  { readonly now: number; readonly existing: ExistingWindows | null }
>();

/**
 * The windows that exist at `now` (milliseconds since the epoch), or null when none does. `endOffset` counts windows that
 * are not excluded, and is applied before `end`.
 */
export function existingWindows(grid: WindowGrid, now: number): ExistingWindows | null {
  const known = existingByGrid.get(grid);
  if (known?.now === now) return known.existing;
  const existing = findExistingWindows(grid, now);
  existingByGrid.set(grid, { now, existing });
  return existing;
}

/** The first instant after `now` at which other windows may exist; null: never. */
export function nextWindowChange(grid: WindowGrid, now: number): number | null {
  const known = changeByGrid.get(grid);
  if (known?.now === now) return known.change;
  const isOver = grid.end !== null && grid.endOffset === 0 && now >= grid.end;
  const change = isOver ? null : findTickFrom(grid.schedule, grid.zone, now + 1);
  changeByGrid.set(grid, { now, change });
  return change;
}

const changeByGrid = new WeakMap<WindowGrid, { readonly now: number; readonly change: number | null }>();

/** Whether a window that starts at this tick is left out. */
export function isExcluded(grid: WindowGrid, start: number): boolean {
  if (!grid.excluded) return false;
  return (
    grid.excluded.instants.has(start) || grid.excluded.crons.some((cron) => isTick(cron, grid.zone, start))
  );
}

function isTooFar(excludedInARow: number, span: number): boolean {
  return excludedInARow > MAX_EXCLUDED_IN_A_ROW || span > MAX_EXCLUDED_SPAN;
}

function findExistingWindows(grid: WindowGrid, now: number): ExistingWindows | null {
  const last = findLastWindow(grid, now);
  if (!last || last.start < grid.start) return null;
  const first = windowsFrom(grid, grid.start).next().value;
  return first && first.start <= last.start ? { start: first.start, end: last.end, last } : null;
}

function findLastWindow(grid: WindowGrid, now: number): PartitionWindow | null {
  const boundary = findTickBackFrom(grid.schedule, grid.zone, now);
  if (boundary === null) return null;
  const shift = Math.abs(grid.endOffset);
  const last =
    grid.endOffset > 0
      ? windowsFrom(grid, boundary).drop(shift - 1)
      : windowsBackFrom(grid, boundary - 1).drop(shift);
  const window = last.next().value ?? null;
  if (grid.end === null || !window || window.end <= grid.end) return window;
  const lastBoundary = findTickBackFrom(grid.schedule, grid.zone, grid.end);
  if (lastBoundary === null) return null;
  return windowsBackFrom(grid, lastBoundary - 1).next().value ?? null;
}

function compile(definition: TimePartitions): WindowGrid {
  const zone = getTimeZone(definition.timezone ?? "UTC");
  const at = (text: string): number => zone.instantsOfLocal(parseWallTime(text)).first;
  const exclusions = definition.exclusions ?? [];
  const crons = exclusions.flatMap((exclusion) => ("cron" in exclusion ? [parseCron(exclusion.cron)] : []));
  const instants = new Set(exclusions.flatMap((exclusion) => ("at" in exclusion ? [at(exclusion.at)] : [])));
  return {
    schedule: parseCron(cronOfPartitions(definition)),
    zone,
    start: at(definition.start),
    end: definition.end === undefined ? null : at(definition.end),
    endOffset: definition.endOffset ?? 0,
    format: parseDateFormat(formatOfPartitions(definition)),
    excluded: exclusions.length > 0 ? { crons, instants } : null,
  };
}

const WALL_TIME_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].map(parseDateFormat);

function parseWallTime(text: string): number {
  for (const format of WALL_TIME_FORMATS) {
    const parsed = parseDate(format, text);
    if (parsed) return parsed.wall;
  }
  throw new InvalidPartitionsDefinition(`"${text}" is not a time like 2024-01-31 or 2024-01-31T06:00:00`);
}
