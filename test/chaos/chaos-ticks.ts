import type { Db } from "@millrace/control-plane/database/connect";
import { sql } from "kysely";
import { LOCATIONS } from "./chaos-load.ts";
import { CHAOS_SCHEDULES, CHAOS_SENSOR } from "./chaos-project.ts";
import type { Finding } from "./check-executions.ts";
import type { User } from "./user.ts";

const STOP_SCHEDULE = `mutation ($locationName: String!, $name: String!) { stopSchedule(locationName: $locationName, name: $name) { name } }`;
const STOP_SENSOR = `mutation ($locationName: String!, $name: String!) { stopSensor(locationName: $locationName, name: $name) { name } }`;

/** Stops everything that ticks, so that all may come to rest. */
export async function stopTicks(user: User): Promise<void> {
  for (const locationName of Object.keys(LOCATIONS)) {
    await user.ask(STOP_SENSOR, { locationName, name: CHAOS_SENSOR });
    for (const name of CHAOS_SCHEDULES) await user.ask(STOP_SCHEDULE, { locationName, name });
  }
}

interface TickedSchedule {
  readonly what: string;
  readonly minutes: number;
  readonly decided: number;
}

/** Every minute of a schedule is decided once, and every number that the sensor has counted is one run. */
export async function checkTicks(db: Db): Promise<readonly Finding[]> {
  const { rows: schedules } = await sql<TickedSchedule>`
    select i.location_name || '/' || i.name as what,
      extract(epoch from date_trunc('minute', i.decided_up_to) - min(t.scheduled_at))::integer / 60 + 1 as minutes,
      sum(coalesce(substring(t.skip_reason from 'and (\\d+) before it, were missed')::integer, 0) + 1)::integer as decided
    from instigator i join tick t on t.instigator_id = i.id where i.kind = 'schedule' group by i.id`.execute(
    db,
  );
  const { rows: doubled } = await sql<{ what: string }>`
    select location_name || '/' || origin_name || ' launched ' || count(*) || ' runs for ' || key as what
    from run, lateral (select coalesce(tags ->> 'millrace/run_key', tags ->> 'millrace/scheduled_at') as key) of
    where origin_kind in ('schedule', 'sensor') group by location_name, origin_name, key having count(*) > 1`.execute(
    db,
  );
  const { rows: lost } = await sql<{ what: string }>`
    select i.location_name || '/' || i.name || ' counts ' || i.cursor || ' and has ' || count(r.id) || ' runs' as what
    from instigator i left join run r on r.origin_kind = 'sensor' and r.location_name = i.location_name and r.origin_name = i.name
    where i.kind = 'sensor' group by i.id having count(r.id) <> coalesce(i.cursor, '0')::integer
    union all
    select 'tick ' || t.id || ' asked for run ' || asked.id || ', which is not there' from tick t, unnest(t.run_ids) asked (id)
    where not exists (select from run where run.id = asked.id)
    union all
    select 'tick ' || id || ' is ' || status from tick where status = 'STARTED'`.execute(db);
  const undecided = schedules.filter(({ minutes, decided }) => minutes !== decided);
  const tellMinutes = ({ what, minutes, decided }: TickedSchedule): string =>
    `${what} has decided ${decided} of ${minutes} ticks`;
  return [
    {
      check: "no tick is lost",
      kind: "lost",
      broken: [...undecided.map(tellMinutes), ...lost.map(({ what }) => what)],
    },
    { check: "no tick is doubled", kind: "doubled", broken: doubled.map(({ what }) => what) },
  ];
}

/** Ticks of schedules and sensors so far. */
export async function countTicks(db: Db): Promise<number> {
  const { rows } = await sql<{ ticks: number }>`select count(*)::integer as ticks from tick`.execute(db);
  return rows[0]?.ticks ?? 0;
}
