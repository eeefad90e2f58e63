import { sql } from "kysely";
import type { Db } from "../packages/control-plane/src/database/connect.ts";
import { openSimulatedDatabase } from "../packages/control-plane/src/testing/simulated-database.ts";
import { setup } from "../packages/control-plane/src/testing/test-database-setup.ts";
import type { Bench } from "./bench.ts";
import { createGrowthWorld, type GrowthCase } from "./growth-world.ts";

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;

interface MeasuredCase extends GrowthCase {
  readonly name: string;
  readonly days: number;
}

/** All but the last let 30 assets be made every five minutes; that one less often, so that weeks go by. */
const CASES: readonly MeasuredCase[] = [
  { name: "schedule", trigger: "schedule", everyMinutes: 5, days: 2, settings: {} },
  { name: "schedules", trigger: "schedules", everyMinutes: 5, days: 2, settings: {} },
  { name: "automation", trigger: "automation", everyMinutes: 5, days: 1, settings: {} },
  {
    name: "retention",
    trigger: "schedule",
    everyMinutes: 240,
    days: 35,
    settings: { event_retention_days: 7, history_retention_days: 14 },
  },
];

/** When autovacuum comes to the runs of some weeks. */
const VACUUM_MINUTES = 6 * 60;

/** Tables that a line names. */
const NAMED = 8;

/**
 * 30 assets in ten chains, made every five minutes through simulated days: by a schedule of one job, by a schedule and a job for each
 * asset (the most runs that there can be), and by automation conditions (ten on a cron expression, twenty eager, a run for each chain).
 * The control plane's own daemons and functions do all of it on a PostgreSQL whose time is moved; the workers say what a run of these
 * assets says. `mb`: how much the tables with their indexes have grown in a day, garbage being vacuumed as often as autovacuum does it.
 *
 * `retention`: five weeks of a schedule every four hours with events kept for 7 days and history for 14. Events leave by the week, so
 * that a day compares with the same one a week before.
 */
export const bench: Bench = async function* () {
  let serverUrl = "";
  const tearDown = await setup({ provide: (_name, url) => (serverUrl = url) });
  try {
    for (const { name, days, ...each } of CASES) {
      const database = await openSimulatedDatabase(serverUrl);
      try {
        const world = await createGrowthWorld(database, each);
        let before = await readSizes(database.db);
        for (let day = 1; day <= days; day++) {
          for (let minute = 0; minute < DAY_MINUTES; minute += each.everyMinutes) {
            if (minute % VACUUM_MINUTES === 0) await sql`vacuum`.execute(database.db);
            await world.advance(each.everyMinutes * MINUTE);
          }
          const after = await readSizes(database.db);
          yield { bench: "growth", case: name, day, ...compare(before, after), runs: world.takeRuns() };
          before = after;
        }
      } finally {
        await database.drop();
      }
    }
  } finally {
    await tearDown();
  }
};

type Sizes = ReadonlyMap<string, number>;

/** Bytes of each table with its indexes, vacuumed; those of partitions count for their table. */
async function readSizes(db: Db): Promise<Sizes> {
  await sql`vacuum analyze`.execute(db);
  const { rows } = await sql<{ name: string; bytes: number }>`
    select coalesce(parent.relname, own.relname) as name, sum(pg_total_relation_size(own.oid))::float8 as bytes
    from pg_class own left join pg_inherits on inhrelid = own.oid left join pg_class parent on parent.oid = inhparent
    where own.relkind = 'r' and own.relnamespace = 'public'::regnamespace group by 1`.execute(db);
  return new Map(rows.map(({ name, bytes }) => [name, bytes]));
}

function compare(before: Sizes, after: Sizes): object {
  const growth = [...after].map(([name, bytes]) => [name, bytes - (before.get(name) ?? 0)] as const);
  const largest = growth.toSorted(([, one], [, other]) => other - one).slice(0, NAMED);
  return {
    mb: toMegabytes(sum(growth.map(([, bytes]) => bytes))),
    total_mb: toMegabytes(sum([...after.values()])),
    by_table: Object.fromEntries(largest.map(([name, bytes]) => [name, toMegabytes(bytes)])),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 10_000) / 100;
}
