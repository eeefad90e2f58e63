import type { EvaluateScheduleWork, EvaluateSensorWork } from "@millrace/model/runs/work-item";
import type { Random } from "./random.ts";
import { SIMULATED_SCHEDULES, SIMULATED_SENSOR } from "./simulated-ticks.ts";

/** What an agent tells of an evaluation: an answer, or that it could not be done. */
export type Evaluation =
  | { readonly ok: true; readonly result: object }
  | { readonly ok: false; readonly transient: boolean; readonly error: object };

const ERROR = { name: "Error", message: "no luck", stack: null, cause: null };

/** What the code of a schedule or sensor of the shop answers; now and then it throws, or its code server is away. */
export function evaluateTick(random: Random, work: EvaluateScheduleWork | EvaluateSensorWork): Evaluation {
  if (random.chance(0.1)) return { ok: false, transient: random.chance(0.5), error: ERROR };
  if (random.chance(0.1)) return { ok: true, result: { error: ERROR } };
  return { ok: true, result: work.kind === "evaluate_schedule" ? answerSchedule(work) : answerSensor(work) };
}

function answerSchedule({ scheduleName, scheduledAt }: EvaluateScheduleWork): object {
  const schedule = SIMULATED_SCHEDULES.find(({ name }) => name === scheduleName);
  return { runRequests: [{ jobName: schedule?.jobName ?? null, runKey: scheduledAt }] };
}

/** Asks for the first runs twice, as code does that does not know whether it was heard. */
function answerSensor({ cursor }: EvaluateSensorWork): object {
  const { asks, partitions } = SIMULATED_SENSOR;
  const seen = Number(cursor ?? 0);
  const keys = [seen - 1, seen].filter((number) => number >= 0 && number < asks);
  return {
    cursor: String(seen + 1),
    runRequests: keys.map((number) => ({ jobName: "hello", runKey: `ask ${number}` })),
    partitionsRequests: keys.map((number) => ({
      action: "add",
      name: partitions,
      keys: [`place ${number}`],
    })),
  };
}
