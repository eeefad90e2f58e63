import type { Catchup } from "@millrace/model/ticks/catchup";
import type { SnapshotInit } from "../testing/test-runs.ts";
import { FOLLOWED_SHOP } from "./simulated-automation.ts";

/** A schedule that ticks at every full multiple of so many minutes. */
export interface SimulatedSchedule {
  readonly name: string;
  readonly everyMinutes: number;
  readonly catchup: Catchup;
  /** Whether it has no code: each tick launches one run. */
  readonly plain: boolean;
  readonly jobName: string;
}

/** The shop's schedules: one of each rule for missed ticks, with and without code. */
export const SIMULATED_SCHEDULES: readonly SimulatedSchedule[] = [
  { name: "plain", everyMinutes: 1, catchup: "latest", plain: true, jobName: "hello" },
  { name: "coded", everyMinutes: 1, catchup: { all: 2 }, plain: false, jobName: "sales_job" },
  { name: "punctual", everyMinutes: 2, catchup: "skip", plain: false, jobName: "hello" },
];

/** The shop's sensor: its cursor counts evaluations, of which the first ones ask for a run and a partition each. */
export const SIMULATED_SENSOR = {
  name: "polling",
  intervalSeconds: 2,
  asks: 2,
  partitions: "places",
} as const;

/** The shop with its schedules and its sensor; revisions differ in what does not change when they tick. */
export function shopOfRevision(revision: number): SnapshotInit {
  return {
    ...FOLLOWED_SHOP,
    schedules: SIMULATED_SCHEDULES.map(({ name, everyMinutes, catchup, plain, jobName }) => ({
      name,
      cron: [everyMinutes === 1 ? "* * * * *" : `*/${everyMinutes} * * * *`],
      timezone: "UTC",
      jobName,
      runningByDefault: true,
      tags: { revision: String(revision) },
      catchup: JSON.stringify(catchup),
      plain,
    })),
    sensors: [
      {
        name: SIMULATED_SENSOR.name,
        kind: "standard",
        minimumIntervalSeconds: SIMULATED_SENSOR.intervalSeconds,
        timeoutSeconds: 30 + revision,
        runningByDefault: true,
      },
    ],
  };
}
