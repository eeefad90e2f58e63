import { ExpectedError } from "@millrace/model/expected-error";
import type { TickResult } from "@millrace/model/runs/work-item";
import { findNextTick } from "@millrace/model/ticks/due-ticks";
import type { Schedule } from "../schedules/schedule.ts";
import { evaluateSchedule, type EvaluationOptions } from "./evaluate.ts";

/** Ticks that one call evaluates: a week of a schedule that ticks every minute, and more. */
const MAX_TICKS = 20_000;

/** The times between which `evaluateScheduleTicks` is to evaluate make no sense. */
export class InvalidTickRange extends ExpectedError {
  readonly code = "invalid_tick_range";
}

/** What one tick of a schedule asks for. */
export interface ScheduledTick extends TickResult {
  /** The instant that the tick stands for. */
  readonly scheduledAt: Date;
}

/**
 * Evaluates all ticks of a schedule between two instants in this process, one after the other, each as `evaluateSchedule` does: the
 * code of each is told when the one before was. Ticks fall as they would in its time zone, also where clocks change.
 *
 * @param options `from` counts, `to` does not. `lastTickAt` is what the first tick is told.
 * @returns the ticks, oldest first, each with its time and what it asks for.
 *
 * @example
 * const orders = asset("orders", () => 1);
 * const nightly = schedule("nightly", { cron: "0 3 * * 1-5", target: [orders] });
 * const from = new Date("2026-03-02T00:00:00Z");
 * const week = await evaluateScheduleTicks(nightly, { from, to: new Date("2026-03-09T00:00:00Z") });
 * week.length; // 5
 *
 * @throws InvalidTickRange when an instant is no date, `to` lies before `from`, or more than 20,000 ticks lie between them;
 * InvalidRunRequest, InvalidConfig for a run that could not be launched.
 */
export async function evaluateScheduleTicks(
  schedule: Schedule,
  options: EvaluationOptions & { readonly from: Date; readonly to: Date },
): Promise<ScheduledTick[]> {
  const { from, to, ...others } = options;
  let { lastTickAt = null } = options;
  const ticks: ScheduledTick[] = [];
  for (const scheduledAt of listTicks(schedule, from, to)) {
    const result = await evaluateSchedule(schedule, { ...others, scheduledAt, lastTickAt });
    ticks.push({ scheduledAt, ...result });
    lastTickAt = scheduledAt;
  }
  return ticks;
}

function listTicks({ name, cron, timezone }: Schedule, from: Date, to: Date): Date[] {
  for (const [option, instant] of Object.entries({ from, to }))
    if (Number.isNaN(instant.getTime())) throw new InvalidTickRange(`\`${option}\` is not a date`);
  if (to < from)
    throw new InvalidTickRange(`\`to\`, ${to.toISOString()}, lies before \`from\`, ${from.toISOString()}`);
  const ticks: Date[] = [];
  for (let after = from.getTime() - 1; ;) {
    const next = findNextTick({ cron, timezone }, after);
    if (next === null || next >= to.getTime()) return ticks;
    if (ticks.length === MAX_TICKS)
      throw new InvalidTickRange(
        `Schedule "${name}" ticks more than ${MAX_TICKS} times between \`from\` and \`to\`: evaluate a shorter time`,
      );
    ticks.push(new Date(next));
    after = next;
  }
}
