import { findOwn } from "../find-own.ts";
import { ExpectedError } from "../expected-error.ts";
import { daysInMonth, weekdayOf, dayNumber } from "./civil.ts";
import {
  CronFieldProblem,
  DAYS_OF_MONTH,
  DAYS_OF_WEEK,
  HOURS,
  MINUTES,
  MONTHS,
  parseCronPart,
  parseCronValue,
  type CronFieldRules,
} from "./cron-field.ts";

/** A parsed cron expression: which minutes of which days of a wall calendar it names. It knows nothing of time zones. */
export interface CronSchedule {
  readonly expression: string;
  /** The hour field is `*`: such a schedule fires twice when an hour is repeated and not in a skipped one. */
  readonly everyHour: boolean;
  /** Minutes since midnight, ascending. */
  readonly timesOfDay: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly days: DayRule;
}

/** Which days match. When neither day field is `*`, a day matches when either field does. */
interface DayRule {
  /** Null when the field is `*`. */
  readonly ofMonth: { readonly days: ReadonlySet<number>; readonly last: boolean } | null;
  readonly ofWeek: {
    readonly weekdays: ReadonlySet<number>;
    /** The n-th of a weekday in its month; `nth` null is the last one. */
    readonly nth: readonly { readonly weekday: number; readonly nth: number | null }[];
  } | null;
}

export class InvalidCron extends ExpectedError {
  readonly code = "invalid_cron";
  constructor(expression: string, reason: string) {
    super(`"${expression}" is not a valid cron expression: ${reason}`);
  }
}

const ALIASES: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

const schedules = new Map<string, CronSchedule>();
const MAX_CACHED = 10_000;

/**
 * Parses a cron expression of five fields (minute, hour, day of month, month, day of week) or an alias such as
 * `@daily`. Lists, ranges (also `FRI-MON`), steps, names of months and weekdays, `L` as the last day of a month,
 * `1#2` (second Monday) and `L5` (last Friday) work. Expressions with seconds or dates that never occur are refused.
 *
 * @throws InvalidCron
 */
export function parseCron(expression: string): CronSchedule {
  const known = schedules.get(expression);
  if (known) return known;
  const schedule = parse(expression);
  if (schedules.size >= MAX_CACHED) schedules.clear();
  schedules.set(expression, schedule);
  return schedule;
}

/** Whether `parseCron` accepts the expression. */
export function isValidCron(expression: string): boolean {
  try {
    parseCron(expression);
    return true;
  } catch (error) {
    if (error instanceof InvalidCron) return false;
    throw error;
  }
}

function parse(expression: string): CronSchedule {
  const text = expression.trim().toLowerCase();
  const fields = (findOwn(ALIASES, text) ?? text).split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (fields.length !== 5 || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) {
    throw new InvalidCron(
      expression,
      "it needs five fields (minute hour day month weekday) or an alias like @daily",
    );
  }
  try {
    const hours = parseNumbers(hour, HOURS);
    const minutes = parseNumbers(minute, MINUTES);
    const months = parseNumbers(month, MONTHS);
    const days: DayRule = { ofMonth: parseDaysOfMonth(dayOfMonth), ofWeek: parseDaysOfWeek(dayOfWeek) };
    refuseImpossibleDate(months, days);
    return {
      expression,
      everyHour: hours.length === 24,
      timesOfDay: hours.flatMap((h) => minutes.map((m) => h * 60 + m)),
      months: new Set(months),
      days: withoutFullField(days, dayOfMonth, dayOfWeek),
    };
  } catch (error) {
    if (error instanceof CronFieldProblem) throw new InvalidCron(expression, error.message);
    throw error;
  }
}

function parseNumbers(field: string, rules: CronFieldRules): number[] {
  const values = field.split(",").flatMap((part) => [...parseCronPart(part, rules)]);
  return [...new Set(values)].sort((a, b) => a - b);
}

function parseDaysOfMonth(field: string): DayRule["ofMonth"] {
  if (field === "*" || field === "?") return null;
  const days = new Set<number>();
  let last = false;
  for (const part of field.split(",")) {
    if (part === "l") last = true;
    else for (const day of parseCronPart(part, DAYS_OF_MONTH)) days.add(day);
  }
  return { days, last };
}

function parseDaysOfWeek(field: string): DayRule["ofWeek"] {
  if (field === "*" || field === "?") return null;
  const weekdays = new Set<number>();
  const nth: { weekday: number; nth: number | null }[] = [];
  for (const part of field.split(",")) {
    const last = /^l(\w+)$/.exec(part)?.[1];
    const [, day, number] = /^(\w+)#([1-5]|l)$/.exec(part) ?? [];
    if (last !== undefined) nth.push({ weekday: parseCronValue(last, DAYS_OF_WEEK) % 7, nth: null });
    else if (day !== undefined) {
      nth.push({
        weekday: parseCronValue(day, DAYS_OF_WEEK) % 7,
        nth: number === "l" ? null : Number(number),
      });
    } else for (const weekday of parseCronPart(part, DAYS_OF_WEEK)) weekdays.add(weekday % 7);
  }
  return { weekdays, nth };
}

/** A field that lists everything counts as `*`, but only when the other day field begins with `*` itself. */
function withoutFullField(days: DayRule, dayOfMonth: string, dayOfWeek: string): DayRule {
  const monthIsFull = days.ofMonth?.days.size === 31 && dayOfWeek.includes("*");
  const weekIsFull = days.ofWeek?.weekdays.size === 7 && dayOfMonth.includes("*");
  return { ofMonth: monthIsFull ? null : days.ofMonth, ofWeek: weekIsFull ? null : days.ofWeek };
}

function refuseImpossibleDate(months: readonly number[], days: DayRule): void {
  const [day, ...others] = days.ofMonth?.days ?? [];
  if (months.length !== 1 || months[0] !== 2 || day === undefined || others.length > 0 || days.ofMonth?.last)
    return;
  if (day > 29 && days.ofWeek === null) throw new CronFieldProblem(`there is no ${day} February`);
}

/** Day masks depend on the month's length and first weekday only: 28 kinds of months, so they are kept. */
const masks = new WeakMap<CronSchedule, Map<number, number>>();

/** The matching days of a month as bits: bit 1 is the first, bit 31 the last. Zero when no day matches. */
export function matchingDays(schedule: CronSchedule, year: number, month: number): number {
  if (!schedule.months.has(month)) return 0;
  const length = daysInMonth(year, month);
  const firstWeekday = weekdayOf(dayNumber(year, month, 1));
  let known = masks.get(schedule);
  if (!known) {
    known = new Map();
    masks.set(schedule, known);
  }
  const kind = length * 7 + firstWeekday;
  let mask = known.get(kind);
  if (mask === undefined) {
    mask = 0;
    for (let day = 1; day <= length; day++) {
      if (dayMatches(schedule.days, day, length, (firstWeekday + day - 1) % 7)) mask |= 1 << day;
    }
    known.set(kind, mask);
  }
  return mask;
}

function dayMatches({ ofMonth, ofWeek }: DayRule, day: number, length: number, weekday: number): boolean {
  if (!ofMonth && !ofWeek) return true;
  if (ofMonth && (ofMonth.days.has(day) || (ofMonth.last && day === length))) return true;
  if (!ofWeek) return false;
  if (ofWeek.weekdays.has(weekday)) return true;
  return ofWeek.nth.some(
    (rule) =>
      rule.weekday === weekday && (rule.nth === null ? day + 7 > length : Math.ceil(day / 7) === rule.nth),
  );
}
