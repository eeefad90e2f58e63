import type { EvaluateScheduleWork } from "@millrace/model/runs/work-item";
import type { Catchup } from "@millrace/model/ticks/catchup";
import { SHOP, type SnapshotInit } from "../testing/test-runs.ts";
import type { Random } from "./random.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** What a tick asks for: schedules without code ask for a run themselves, the code of the others for a run, or for that of a partition. */
const KINDS = ["plain", "coded", "hours", "days"] as const;
type Kind = (typeof KINDS)[number];

/** A schedule of the simulated week. */
interface SimulatedSchedule {
  readonly name: string;
  readonly renamedFrom: readonly string[];
  readonly cron: readonly string[];
  readonly catchup: Catchup;
  readonly kind: Kind;
  readonly runningByDefault: boolean;
}

/** How often the schedules of a next version differ in one thing or another. */
const DIFFERS = 0.04;
/** How many of the schedules have no code. */
const PLAIN = 0.85;

/** The shop with as many schedules of mixed crons, and as it is in a few later versions, in which some of them are others. */
export function writeVersions(random: Random, schedules: number, versions: number): SnapshotInit[] {
  const first = Array.from({ length: schedules }, (_, index) => writeSchedule(random, index));
  const all = [first];
  for (let version = 1; version < versions; version++)
    all.push(first.flatMap((schedule) => revise(random, schedule, version)));
  return all.map((each) => ({ ...PARTITIONED_SHOP, schedules: each.map(toDefinition) }));
}

const PARTITIONED_SHOP = {
  ...SHOP,
  jobs: [
    ...SHOP.jobs,
    ...(["hours", "days"] as const).map((name) => ({
      name,
      steps: [{ key: "greet", kind: "op" }],
      partitions: {
        json: JSON.stringify({ type: name === "hours" ? "hourly" : "daily", start: "2024-12-01" }),
      },
    })),
  ],
} satisfies SnapshotInit;

function writeSchedule(random: Random, index: number): SimulatedSchedule {
  const kind = random.chance(PLAIN) ? "plain" : random.pick(KINDS);
  const cron = [writeCron(random, kind)];
  if (kind === "coded" && random.chance(0.3)) cron.push(writeCron(random, kind));
  return {
    name: `${kind}_${index}`,
    renamedFrom: [],
    cron,
    catchup: random.pick<Catchup>(["skip", "latest", { all: 3 }]),
    kind,
    runningByDefault: random.chance(0.95),
  };
}

function writeCron(random: Random, kind: Kind): string {
  const [minute, hour, day] = [random.integer(0, 59), random.integer(0, 23), random.integer(0, 6)];
  if (kind === "hours") return "0 * * * *";
  if (kind === "days") return "0 0 * * *";
  return random.pick([
    `${minute} * * * *`,
    `${minute} ${hour} * * *`,
    `${minute} ${hour} * * *`,
    `${minute} ${hour} * * ${day}`,
    `*/15 8-17 * * 1-5`,
    random.chance(0.1) ? "*/5 * * * *" : `${minute} */2 * * *`,
  ]);
}

/** A schedule in another version: mostly as it was, now and then with another rule or name, or none at all. */
function revise(random: Random, schedule: SimulatedSchedule, version: number): SimulatedSchedule[] {
  if (!random.chance(5 * DIFFERS)) return [schedule];
  const { name, kind } = schedule;
  return random.pick([
    [],
    [{ ...schedule, cron: [writeCron(random, kind)] }],
    [{ ...schedule, catchup: random.pick<Catchup>(["skip", "latest", { all: 2 }]) }],
    [{ ...schedule, name: `${name}_of_${version}`, renamedFrom: [name] }],
    [{ ...schedule, runningByDefault: !schedule.runningByDefault }],
  ]);
}

function toDefinition({ name, renamedFrom, cron, catchup, kind, runningByDefault }: SimulatedSchedule) {
  return {
    name,
    renamedFrom: [...renamedFrom],
    cron: [...cron],
    timezone: "UTC",
    catchup: JSON.stringify(catchup),
    plain: kind === "plain",
    jobName: kind === "plain" || kind === "coded" ? "hello" : kind,
    runningByDefault,
  };
}

/** What the code of a schedule that throws says. */
export const THROWN = "no luck";

/** What the code of a schedule answers: that of a partitioned one asks for the partition whose window has ended. */
export function answerSchedule(random: Random, { scheduleName, scheduledAt }: EvaluateScheduleWork): object {
  if (random.chance(0.02)) return { error: { name: "Error", message: THROWN, stack: null, cause: null } };
  const [kind] = scheduleName.split("_");
  if (kind === "coded") return { runRequests: [{ jobName: "hello" }] };
  const tick = Date.parse(scheduledAt);
  const partitionKey =
    kind === "days"
      ? new Date(tick - DAY_MS).toISOString().slice(0, 10)
      : new Date(Math.floor(tick / HOUR_MS - 1) * HOUR_MS).toISOString().slice(0, 16).replace("T", "-");
  return { runRequests: [{ jobName: kind, partitionKey, runKey: partitionKey }] };
}
