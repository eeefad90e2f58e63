import { findOwn } from "../find-own.ts";
import { ExpectedError } from "../expected-error.ts";
import { civilDate, DAY, dayNumber, daysInMonth, HOUR, MINUTE, SECOND } from "./civil.ts";
import { formatOffset } from "./time-zone.ts";

/** A compiled strftime pattern. Wall times are milliseconds as if the wall clock were UTC. */
export interface DateFormat {
  readonly pattern: string;
  /** The pattern writes the UTC offset (`%z`). */
  readonly hasOffset: boolean;
  readonly parts: readonly string[];
}

/** What a text in some format says: a wall time and, if the format has `%z`, an offset; both in milliseconds. */
export interface ParsedDate {
  readonly wall: number;
  readonly offset: number | null;
}

export class InvalidDateFormat extends ExpectedError {
  readonly code = "invalid_date_format";
  constructor(pattern: string, problem: string) {
    super(`The date format "${pattern}" uses ${problem}`);
  }
}

interface Fields {
  year: number;
  month: number;
  day: number;
  dayOfYear: number | null;
  hour: number;
  minute: number;
  second: number;
  offset: number | null;
}

interface Directive {
  readonly pattern: string;
  readonly read: (text: string, fields: Fields) => void;
  readonly write: (wall: WallFields, offset: number) => string;
}

interface WallFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly dayOfYear: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const MONTH_NAMES =
  "January February March April May June July August September October November December".split(" ");

const DIRECTIVES: Readonly<Record<string, Directive>> = {
  "%Y": {
    pattern: "\\d{4}",
    read: (text, fields) => void (fields.year = Number(text)),
    write: (wall) => `${wall.year}`.padStart(4, "0"),
  },
  "%y": {
    pattern: "\\d{2}",
    read: (text, fields) => void (fields.year = Number(text) + (Number(text) < 69 ? 2000 : 1900)),
    write: (wall) => pad(wall.year % 100),
  },
  "%m": {
    pattern: "\\d{1,2}",
    read: (text, fields) => void (fields.month = Number(text)),
    write: (wall) => pad(wall.month),
  },
  "%b": {
    pattern: "[A-Za-z]{3}",
    read: (text, fields) => void (fields.month = monthNamed(text)),
    write: (wall) => (MONTH_NAMES[wall.month - 1] ?? "").slice(0, 3),
  },
  "%B": {
    pattern: "[A-Za-z]+",
    read: (text, fields) => void (fields.month = monthNamed(text)),
    write: (wall) => MONTH_NAMES[wall.month - 1] ?? "",
  },
  "%d": {
    pattern: "\\d{1,2}",
    read: (text, fields) => void (fields.day = Number(text)),
    write: (wall) => pad(wall.day),
  },
  "%j": {
    pattern: "\\d{1,3}",
    read: (text, fields) => void (fields.dayOfYear = Number(text)),
    write: (wall) => `${wall.dayOfYear}`.padStart(3, "0"),
  },
  "%H": {
    pattern: "\\d{1,2}",
    read: (text, fields) => void (fields.hour = Number(text)),
    write: (wall) => pad(wall.hour),
  },
  "%M": {
    pattern: "\\d{1,2}",
    read: (text, fields) => void (fields.minute = Number(text)),
    write: (wall) => pad(wall.minute),
  },
  "%S": {
    pattern: "\\d{1,2}",
    read: (text, fields) => void (fields.second = Number(text)),
    write: (wall) => pad(wall.second),
  },
  "%z": {
    pattern: "[+-]\\d{2}:?\\d{2}|Z",
    read: (text, fields) => void (fields.offset = parseOffset(text)),
    write: (_wall, offset) => formatOffset(offset),
  },
};

const formats = new Map<string, DateFormat>();
const expressions = new Map<string, RegExp>();

/**
 * Compiles a strftime pattern such as `%Y-%m-%d-%H:%M`. Directives that need a language or a week calendar are not known.
 *
 * @throws InvalidDateFormat
 */
export function parseDateFormat(pattern: string): DateFormat {
  const known = formats.get(pattern);
  if (known) return known;
  const parts: readonly string[] = pattern.match(/%.?|[^%]+/g) ?? [];
  for (const part of parts) {
    if (part.startsWith("%") && part !== "%%" && findOwn(DIRECTIVES, part) === undefined)
      throw new InvalidDateFormat(pattern, `${part}; known are ${Object.keys(DIRECTIVES).join(" ")} and %%`);
  }
  // One that says the same twice can be read in as many ways as there are combinations of them.
  const twice = parts.find((part, index) => Object.hasOwn(DIRECTIVES, part) && parts.indexOf(part) !== index);
  if (twice !== undefined) throw new InvalidDateFormat(pattern, `${twice} more than once`);
  const format = { pattern, hasOffset: parts.includes("%z"), parts };
  formats.set(pattern, format);
  return format;
}

/** Writes a wall time; `offset` (milliseconds east of UTC) is what `%z` shows. */
export function formatDate(format: DateFormat, wall: number, offset: number): string {
  const number = Math.floor(wall / DAY);
  const time = wall - number * DAY;
  const date = civilDate(number);
  const fields: WallFields = {
    ...date,
    dayOfYear: number - dayNumber(date.year, 1, 1) + 1,
    hour: Math.floor(time / HOUR),
    minute: Math.floor((time % HOUR) / MINUTE),
    second: Math.floor((time % MINUTE) / SECOND),
  };
  let text = "";
  for (const part of format.parts) {
    text += part === "%%" ? "%" : (findOwn(DIRECTIVES, part)?.write(fields, offset) ?? part);
  }
  return text;
}

/** Reads a text in this format; what the format does not say is the earliest possible. Null when it does not fit. */
export function parseDate(format: DateFormat, text: string): ParsedDate | null {
  const directives = format.parts.filter((part) => Object.hasOwn(DIRECTIVES, part));
  const match = expressionOf(format).exec(text);
  if (!match) return null;
  const fields: Fields = {
    year: 1900,
    month: 1,
    day: 1,
    dayOfYear: null,
    hour: 0,
    minute: 0,
    second: 0,
    offset: null,
  };
  for (const [i, directive] of directives.entries())
    findOwn(DIRECTIVES, directive)?.read(match[i + 1] ?? "", fields);
  const { year, month, day, dayOfYear, hour, minute, second, offset } = fields;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  if (dayOfYear !== null && (dayOfYear < 1 || dayOfYear > 366)) return null;
  const number = dayOfYear === null ? dayNumber(year, month, day) : dayNumber(year, 1, 1) + dayOfYear - 1;
  return { wall: number * DAY + hour * HOUR + minute * MINUTE + second * SECOND, offset };
}

function expressionOf(format: DateFormat): RegExp {
  let expression = expressions.get(format.pattern);
  if (!expression) {
    const source = format.parts.map((part) => {
      const directive = findOwn(DIRECTIVES, part);
      return directive ? `(${directive.pattern})` : RegExp.escape(part === "%%" ? "%" : part);
    });
    expression = new RegExp(`^${source.join("")}$`);
    expressions.set(format.pattern, expression);
  }
  return expression;
}

function monthNamed(text: string): number {
  const name = text.toLowerCase();
  return (
    MONTH_NAMES.findIndex(
      (month) => month.toLowerCase() === name || month.slice(0, 3).toLowerCase() === name,
    ) + 1
  );
}

function parseOffset(text: string): number {
  if (text === "Z") return 0;
  const digits = text.replaceAll(":", "");
  const size = Number(digits.slice(1, 3)) * HOUR + Number(digits.slice(3, 5)) * MINUTE;
  return digits.startsWith("-") ? -size : size;
}

function pad(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
