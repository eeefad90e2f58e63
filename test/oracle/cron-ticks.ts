import { isValidCron, parseCron } from "@millrace/model/time/cron-schedule";
import { unionTicksBackFrom, unionTicksFrom } from "@millrace/model/time/cron-union";
import { getTimeZone } from "@millrace/model/time/time-zone";
import { formatInstant } from "./definitions.ts";

interface CronCase {
  readonly kind: "next" | "previous" | "validity";
  readonly cron?: string;
  readonly crons?: readonly string[];
  readonly timezone: string;
  readonly from: string;
  readonly count: number;
}

export function runCase(testCase: unknown): unknown {
  const {
    kind,
    cron,
    crons = cron === undefined ? [] : [cron],
    timezone,
    from,
    count,
  } = testCase as CronCase;
  if (kind === "validity") return { valid: crons.length > 0 && crons.every(isValidCron) };
  const walk = kind === "next" ? unionTicksFrom : unionTicksBackFrom;
  return walk(crons.map(parseCron), getTimeZone(timezone), Date.parse(from))
    .take(count)
    .map(formatInstant)
    .toArray();
}
