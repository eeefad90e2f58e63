import { ExpectedError } from "@millrace/model/expected-error";
import { DEFAULT_TICK_SECONDS } from "@millrace/model/runs/work-item";
import type { SensorWatch } from "@millrace/model/sensed-events";
import { parseCatchup } from "@millrace/model/ticks/catchup";
import { findNextTick, type TickTimes } from "@millrace/model/ticks/due-ticks";
import type { Schedule, Sensor } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ServingSnapshot } from "../locations/serving-snapshot.ts";
import { watchOfSensor } from "./sensor-watch.ts";

export const INSTIGATOR_KINDS = ["schedule", "sensor"] as const;
export type InstigatorKind = (typeof INSTIGATOR_KINDS)[number];

/** When a schedule ticks, and what a tick is. */
export interface ScheduleRule extends TickTimes {
  readonly kind: "schedule";
  /** What each tick launches; null: its code says. */
  readonly launches: {
    readonly jobName: string;
    readonly tags: Readonly<Record<string, string>>;
  } | null;
}

/** When a sensor is evaluated, and what it is told. */
export interface SensorRule {
  readonly kind: "sensor";
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly watch: SensorWatch | null;
}

export type InstigatorRule = ScheduleRule | SensorRule;

/** A schedule or sensor as a code location defines it. */
export interface DefinedInstigator {
  readonly name: string;
  readonly renamedFrom: readonly string[];
  readonly runningByDefault: boolean;
  readonly rule: InstigatorRule;
  /** Why it can't tick; null: it can. */
  readonly problem: string | null;
}

/** Evaluations of a sensor begin this far apart at least, whatever it says. */
const SHORTEST_INTERVAL_SECONDS = 1;
/** All schedules and sensors of a code location. */
export function listDefinedInstigators({ snapshot }: ServingSnapshot): DefinedInstigator[] {
  return [...snapshot.schedules.map(readSchedule), ...snapshot.sensors.map(readSensor)];
}

function readSchedule(schedule: Schedule): DefinedInstigator {
  const { name, cron, timezone, jobName, tags, plain, runningByDefault, renamedFrom } = schedule;
  const rule: ScheduleRule = {
    kind: "schedule",
    cron,
    timezone,
    catchup: "latest",
    launches: plain ? { jobName, tags } : null,
  };
  const defined = { name, renamedFrom, runningByDefault };
  // The SDK refuses what can't tick; other SDKs and versions may not.
  try {
    findNextTick(rule, 0);
    const catchup =
      schedule.catchup === undefined ? rule.catchup : parseCatchup(JSON.parse(schedule.catchup));
    return { ...defined, rule: { ...rule, catchup }, problem: null };
  } catch (error) {
    if (error instanceof ExpectedError || error instanceof SyntaxError)
      return { ...defined, rule, problem: error.message };
    throw error;
  }
}

function readSensor(sensor: Sensor): DefinedInstigator {
  const { name, renamedFrom, runningByDefault, minimumIntervalSeconds } = sensor;
  const rule: SensorRule = {
    kind: "sensor",
    intervalSeconds: Math.max(SHORTEST_INTERVAL_SECONDS, minimumIntervalSeconds),
    timeoutSeconds: timeoutOfSensor(sensor),
    watch: watchOfSensor(sensor),
  };
  return { name, renamedFrom, runningByDefault, rule, problem: null };
}

/** Seconds that one evaluation may take; an SDK that is too old does not say. */
export function timeoutOfSensor({ timeoutSeconds }: Pick<Sensor, "timeoutSeconds">): number {
  return timeoutSeconds > 0 ? timeoutSeconds : DEFAULT_TICK_SECONDS;
}
