import { ExpectedError } from "../expected-error.ts";
import { parseCron } from "../time/cron-schedule.ts";
import { ticksFrom } from "../time/cron-ticks.ts";
import { getTimeZone } from "../time/time-zone.ts";

/** How old an asset's last materialization may be: plain data, in definitions, in snapshots and in the database. */
export type FreshnessPolicy = TimeWindowFreshness | CronFreshness;

/** By age: the last materialization must not be older than a span of time. */
export interface TimeWindowFreshness {
  readonly type: "time_window";
  /** Age in seconds from which on the asset fails; at least 60. */
  readonly failSeconds: number;
  /** Age in seconds from which on it warns: at least 60 and less than `failSeconds`. Default: it never warns. */
  readonly warnSeconds?: number | null;
}

/** By deadline: at every tick of a cron expression the asset must have been materialized a short time before. */
export interface CronFreshness {
  readonly type: "cron";
  readonly deadlineCron: string;
  /**
   * How long before a deadline, in seconds, a materialization counts for it: at least 60, and no more than the shortest
   * span between two deadlines.
   */
  readonly lowerBoundSeconds: number;
  /** IANA name. Default: `UTC`. */
  readonly timezone?: string | null;
}

/** A freshness policy contradicts itself or holds something that makes no sense. */
export class InvalidFreshnessPolicy extends ExpectedError {
  readonly code = "invalid_freshness_policy";
}

const MIN_SECONDS = 60;
/** Ticks after which no shorter span between two of them is looked for: more than a year of daily ones. */
const COMPARED_TICKS = 400;

/**
 * Reads a policy that an author or a code server wrote.
 *
 * @throws InvalidFreshnessPolicy naming the field that is wrong.
 * @throws InvalidCron, UnknownTimeZone
 */
export function parseFreshnessPolicy(value: unknown): FreshnessPolicy {
  if (typeof value !== "object" || value === null)
    throw new InvalidFreshnessPolicy("A freshness policy must be an object");
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields["type"] === "time_window") return parseTimeWindow(fields);
  if (fields["type"] === "cron") return parseCronFreshness(fields);
  throw new InvalidFreshnessPolicy("The `type` of a freshness policy must be time_window or cron");
}

function parseTimeWindow(fields: Readonly<Record<string, unknown>>): TimeWindowFreshness {
  const failSeconds = readSeconds("failSeconds", fields["failSeconds"]);
  if (fields["warnSeconds"] == null) return { type: "time_window", failSeconds };
  const warnSeconds = readSeconds("warnSeconds", fields["warnSeconds"]);
  if (warnSeconds >= failSeconds) {
    throw new InvalidFreshnessPolicy(
      `warnSeconds must be less than failSeconds (${failSeconds}), not ${warnSeconds}`,
    );
  }
  return { type: "time_window", failSeconds, warnSeconds };
}

function parseCronFreshness(fields: Readonly<Record<string, unknown>>): CronFreshness {
  const { deadlineCron, timezone = null } = fields;
  if (typeof deadlineCron !== "string")
    throw new InvalidFreshnessPolicy("deadlineCron must be a cron expression such as 0 9 * * *");
  if (timezone !== null && typeof timezone !== "string")
    throw new InvalidFreshnessPolicy("timezone must be the IANA name of a time zone");
  getTimeZone(timezone ?? "UTC");
  const lowerBoundSeconds = readSeconds("lowerBoundSeconds", fields["lowerBoundSeconds"]);
  const shortest = shortestSpanSeconds(deadlineCron);
  if (lowerBoundSeconds > shortest) {
    throw new InvalidFreshnessPolicy(
      `lowerBoundSeconds must not be more than the shortest span between two deadlines (${shortest} s), not ${lowerBoundSeconds}`,
    );
  }
  return {
    type: "cron",
    deadlineCron,
    lowerBoundSeconds,
    ...(timezone === null ? {} : { timezone }),
  };
}

function readSeconds(field: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= MIN_SECONDS && value < Infinity))
    throw new InvalidFreshnessPolicy(`${field} must be ${MIN_SECONDS} seconds or more, not ${String(value)}`);
  return value;
}

/** On a clock without summer time: a day with 23 hours must not forbid what holds on all others. */
function shortestSpanSeconds(cron: string): number {
  let shortest = Infinity;
  let last: number | null = null;
  let count = 0;
  for (const tick of ticksFrom(parseCron(cron), getTimeZone("UTC"), Date.UTC(2024, 0, 1))) {
    if (last !== null) shortest = Math.min(shortest, (tick - last) / 1000);
    last = tick;
    if (++count === COMPARED_TICKS) break;
  }
  return shortest;
}
