/** What the values of one cron field may be. */
export interface CronFieldRules {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Three-letter names, lower case; the first stands for `firstName`. */
  readonly names?: readonly string[];
  readonly firstName?: number;
}

/** One part of a field that stands for plain numbers. */
export type CronFieldPart = readonly number[];

export const MINUTES: CronFieldRules = { name: "minute", min: 0, max: 59 };
export const HOURS: CronFieldRules = { name: "hour", min: 0, max: 23 };
export const DAYS_OF_MONTH: CronFieldRules = { name: "day of month", min: 1, max: 31 };
export const MONTHS: CronFieldRules = {
  name: "month",
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  firstName: 1,
};
/** 7 is Sunday as well, so ranges such as `5-7` work; callers turn it into 0. */
export const DAYS_OF_WEEK: CronFieldRules = {
  name: "day of week",
  min: 0,
  max: 7,
  names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
  firstName: 0,
};

/** A reason why a field is invalid; `parseCron` turns it into an error that names the whole expression. */
export class CronFieldProblem extends Error {}

/**
 * Parses one comma-separated part of a field: `*`, `5`, `5-9`, `22-4` (wraps around), and each with a step `/n`, where
 * `5/n` means from 5 to the end.
 *
 * @throws CronFieldProblem
 */
export function parseCronPart(part: string, rules: CronFieldRules): CronFieldPart {
  const match = /^([^/]+?)(?:\/(\d+))?$/.exec(part);
  const body = match?.[1];
  if (!match || body === undefined) throw new CronFieldProblem(`"${part}" is not a ${rules.name}`);
  const step = match[2] === undefined ? 1 : Number(match[2]);
  if (step < 1) throw new CronFieldProblem(`the step of "${part}" must be at least 1`);
  if (body === "*") return steppedRange(rules.min, lastOf(rules), step);
  const bounds = body.split("-");
  const [first, last] = bounds.map((bound) => parseCronValue(bound, rules));
  if (first === undefined || bounds.length > 2) {
    throw new CronFieldProblem(`"${part}" is not a ${rules.name}`);
  }
  if (last === undefined) return match[2] === undefined ? [first] : steppedRange(first, rules.max, step);
  if (first <= last) return steppedRange(first, last, step);
  const size = lastOf(rules) - rules.min + 1;
  return steppedRange(first, last + size, step).map((value) =>
    value > lastOf(rules) ? value - size : value,
  );
}

/**
 * Parses a single value: a number within the field's bounds or one of its names.
 *
 * @throws CronFieldProblem
 */
export function parseCronValue(text: string, rules: CronFieldRules): number {
  const named = rules.names?.indexOf(text) ?? -1;
  if (named >= 0) return named + (rules.firstName ?? 0);
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= rules.min && value <= rules.max)) {
    throw new CronFieldProblem(`"${text}" is not a ${rules.name} (${rules.min}-${rules.max})`);
  }
  return value;
}

/** The last value of a whole cycle: Saturday, although 7 may be written. */
function lastOf(rules: CronFieldRules): number {
  return rules === DAYS_OF_WEEK ? 6 : rules.max;
}

function steppedRange(first: number, last: number, step: number): number[] {
  const values: number[] = [];
  for (let value = first; value <= last; value += step) values.push(value);
  return values;
}
