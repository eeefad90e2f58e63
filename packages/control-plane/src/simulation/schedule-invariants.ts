import { sql } from "kysely";
import type { Catchup } from "@millrace/model/ticks/catchup";
import type { Db } from "../database/connect.ts";
import type { ScheduleRule } from "../ticks/instigator-rule.ts";
import { listCronTimes } from "./list-cron-times.ts";
import { THROWN } from "./simulated-schedules.ts";
import { InvariantBroken } from "./stored-history.ts";
import { checkLateness, countMissed } from "./tick-invariants.ts";

/** A time in which a schedule ticked by one rule. Instants are milliseconds since the epoch. */
interface Period {
  readonly rule: ScheduleRule;
  /** What it had decided when it began, and when it was over. */
  readonly after: number;
  readonly upTo: number;
}

/** What the database has noted: when a schedule began to tick by another rule, or stopped. */
interface RuleChange {
  readonly scheduleId: string;
  readonly at: number;
  /** Up to when its ticks were decided before; null: it is new. */
  readonly decidedBefore: number | null;
  readonly decidedAfter: number;
  /** Null: it does not tick from now on. */
  readonly rule: ScheduleRule | null;
}

interface StoredTick {
  readonly scheduleId: string;
  readonly scheduledAt: number;
  readonly startedAt: number;
  readonly status: string;
  readonly skipReason: string | null;
  readonly error: string | null;
  readonly runs: number;
}

/** Has the database note each change of what a schedule ticks by, in the transaction that makes it. */
export async function noteRuleChanges(db: Db): Promise<void> {
  await sql`create table if not exists simulation.rule_change (id bigint generated always as identity, schedule_id uuid, at timestamptz,
    decided_before timestamptz, decided_after timestamptz, rule jsonb)`.execute(db);
  await sql`truncate simulation.rule_change restart identity`.execute(db);
  await sql`create or replace function simulation.note_rule() returns trigger language plpgsql as $$
    begin
      insert into simulation.rule_change (schedule_id, at, decided_before, decided_after, rule)
      values (new.id, simulation.now(), case tg_op when 'UPDATE' then old.decided_up_to end, new.decided_up_to,
        case when new.running_since is not null then new.rule end);
      return null;
    end $$`.execute(db);
  await sql`create or replace trigger note_new after insert on instigator for each row execute function simulation.note_rule()`.execute(
    db,
  );
  await sql`create or replace trigger note_changed after update of rule, running_since on instigator for each row
    when ((old.rule, old.running_since) is distinct from (new.rule, new.running_since)) execute function simulation.note_rule()`.execute(
    db,
  );
}

/**
 * What must hold of schedules once nothing is under way: in each time in which one ticked by a rule, each of the rule's times was
 * evaluated, or counts among the missed ones as the rule says, once; who begins to tick begins then; and runs are those of the ticks.
 *
 * Where somebody switches or redeploys while the database's clock is behind of what it was, times come again. These must be decided,
 * and not evaluated twice, as no two ticks of a schedule have one time; one that was noted as missed may be evaluated then.
 *
 * @returns how many ticks and runs there are.
 * @throws InvariantBroken
 */
export async function checkSchedules(db: Db): Promise<{ readonly ticks: number; readonly runs: number }> {
  const changes = Map.groupBy(await listRuleChanges(db), ({ scheduleId }) => scheduleId);
  const ticks = await listTicks(db);
  const ticksOf = Map.groupBy(ticks, ({ scheduleId }) => scheduleId);
  const { rows: schedules } = await sql<{ id: string; name: string; decided: number; inFlight: boolean }>`
    select id, name, extract(epoch from decided_up_to)::float8 * 1000 as decided, tick_in_flight is not null as "inFlight"
    from instigator order by id`.execute(db);
  for (const { id, name, decided, inFlight } of schedules) {
    const what = `schedule ${name} (${id})`;
    if (inFlight) throw new InvariantBroken(`${what}: a tick has no end`);
    checkTicks(what, listPeriods(what, changes.get(id) ?? [], decided), ticksOf.get(id) ?? []);
  }
  return { ticks: ticks.length, runs: await checkRuns(db) };
}

/** @throws InvariantBroken when one does not begin where it must. */
function listPeriods(what: string, changes: readonly RuleChange[], decided: number): Period[] {
  return changes.flatMap(({ at, rule, decidedBefore, decidedAfter }, index) => {
    if (rule === null) return [];
    const before = changes[index - 1]?.rule ?? null;
    const goesOn = before !== null && timesOf(before) === timesOf(rule);
    const begins = goesOn ? decidedBefore : at;
    if (decidedAfter !== begins)
      throw new InvariantBroken(
        `${what}: at ${show(at)} it begins to tick from ${show(decidedAfter)} on, not from ${show(begins)}`,
      );
    return [{ rule, after: decidedAfter, upTo: changes[index + 1]?.decidedBefore ?? decided }];
  });
}

function timesOf({ cron, timezone }: ScheduleRule): string {
  return JSON.stringify([cron, timezone]);
}

function checkTicks(what: string, periods: readonly Period[], ticks: readonly StoredTick[]): void {
  const known = new Set<number>();
  for (const period of periods) {
    const { rule, after, upTo } = period;
    const times = listTimes(rule, after, upTo);
    const others = periods.filter((other) => other !== period);
    checkTimes(what, rule.catchup, times, ticks, (time) =>
      others.some((other) => other.after < time && time <= other.upTo),
    );
    for (const time of times) known.add(time);
  }
  for (const { scheduledAt, status, error, runs } of ticks) {
    const when = `${what}, ${show(scheduledAt)}`;
    if (!known.has(scheduledAt)) throw new InvariantBroken(`${when}: it does not tick then`);
    if (runs !== (status === "SUCCESS" ? 1 : 0))
      throw new InvariantBroken(`${when}: ${status} with ${runs} runs`);
    if (status === "STARTED") throw new InvariantBroken(`${when}: it has no end`);
    if (status === "FAILURE" && error !== `Error: ${THROWN}` && error?.startsWith("WorkLost: ") !== true)
      throw new InvariantBroken(`${when}: it failed with ${error}`);
  }
}

function listTimes({ cron }: ScheduleRule, after: number, upTo: number): number[] {
  const times = new Set(cron.flatMap((each) => listCronTimes(each, after, upTo)));
  return [...times].sort((one, other) => one - other);
}

/**
 * @param times of one period, in their order.
 * @param isRepeated whether a time is one of another period too.
 */
function checkTimes(
  what: string,
  catchup: Catchup,
  times: readonly number[],
  ticks: readonly StoredTick[],
  isRepeated: (time: number) => boolean,
): void {
  const countUpTo = (instant: number): number => times.findLastIndex((time) => time <= instant) + 1;
  const decided = times.map(() => 0);
  for (const tick of ticks) {
    const number = countUpTo(tick.scheduledAt);
    if (times[number - 1] !== tick.scheduledAt) continue;
    const missed = countMissed(tick);
    const first = number - Math.max(1, missed);
    const when = `${what}, ${show(tick.scheduledAt)}`;
    for (let index = Math.max(0, first); index < number; index++) decided[index] = (decided[index] ?? 0) + 1;
    if (isRepeated(tick.scheduledAt)) continue;
    if (first < 0) throw new InvariantBroken(`${when}: ${missed} ticks were missed of ${number}`);
    if (missed === 0) checkLateness(when, catchup, tick, countUpTo(tick.startedAt) - number);
  }
  for (const [index, time] of times.entries()) {
    const often = decided[index] ?? 0;
    if (often === 0 || (often > 1 && !isRepeated(time)))
      throw new InvariantBroken(`${what}, ${show(time)}: it is decided ${often} times`);
  }
}

/** Each run is that of one tick, and says so; each partition of a schedule has one run. Returns how many runs there are. */
async function checkRuns(db: Db): Promise<number> {
  const { rows } = await sql<{
    runs: number;
    asked: number;
    known: number;
    agreeing: number;
    doubled: string | null;
  }>`
    with asked as (select unnest(run_ids) as id, scheduled_at from tick)
    select (select count(*)::integer from run) as runs, count(*)::integer as asked, count(distinct id)::integer as known,
      (select count(*)::integer from asked join run using (id) where (tags ->> 'millrace/scheduled_at')::timestamptz = scheduled_at) as agreeing,
      (select min(name) from (select tags ->> 'millrace/schedule_name' || ' ' || partition_key as name from run
        where partition_key is not null group by 1 having count(*) > 1) as partition) as doubled
    from asked`.execute(db);
  const [counted] = rows;
  if (counted === undefined) throw new InvariantBroken("Nothing was counted");
  const { runs, asked, known, agreeing, doubled } = counted;
  if (asked !== runs || known !== runs || agreeing !== runs)
    throw new InvariantBroken(
      `There are ${runs} runs; ticks name ${asked}, ${known} of them different ones, ${agreeing} of their own time`,
    );
  if (doubled !== null) throw new InvariantBroken(`There are two runs of ${doubled}`);
  return runs;
}

async function listRuleChanges(db: Db): Promise<RuleChange[]> {
  const { rows } = await sql<RuleChange>`
    select schedule_id as "scheduleId", extract(epoch from at)::float8 * 1000 as at, rule,
      extract(epoch from decided_before)::float8 * 1000 as "decidedBefore", extract(epoch from decided_after)::float8 * 1000 as "decidedAfter"
    from simulation.rule_change order by id`.execute(db);
  return rows;
}

async function listTicks(db: Db): Promise<StoredTick[]> {
  const { rows } = await sql<StoredTick>`
    select instigator_id as "scheduleId", extract(epoch from scheduled_at)::float8 * 1000 as "scheduledAt",
      extract(epoch from started_at)::float8 * 1000 as "startedAt", status, skip_reason as "skipReason",
      error ->> 'name' || ': ' || (error ->> 'message') as error, cardinality(run_ids) as runs
    from tick order by instigator_id, scheduled_at`.execute(db);
  return rows;
}

function show(instant: number | null | undefined): string {
  return instant == null ? "nothing" : new Date(instant).toISOString();
}
