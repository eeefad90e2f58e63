import { sql } from "kysely";
import type { Db, Trx } from "../database/connect.ts";
import type { InstigatorKind } from "./instigator-rule.ts";
import type { KnownInstigator, PlannedInstigator, SwitchedTo } from "./plan-instigators.ts";

/** Columns of a KnownInstigator; instants as milliseconds since the epoch. */
const KNOWN = sql`id, kind, name, key_name as "keyName", rule, problem, running_by_default as "runningByDefault", switched,
  ${inMs("running_since")} as "runningSince", ${inMs("decided_up_to")} as "decidedUpTo", ${inMs("next_due")} as "nextDue",
  ${inMs("last_tick_at")} as "lastTickAt"`;

/** Which schedules and sensors are meant. */
export interface InstigatorSelector {
  readonly deploymentId: string;
  readonly locationName: string;
  readonly kind: InstigatorKind;
  readonly name: string;
}

/** All that is known of a code location, also what it does not define any more; held until the transaction ends. */
export async function holdInstigators(
  trx: Trx,
  deploymentId: string,
  locationName: string,
): Promise<KnownInstigator[]> {
  const { rows } = await sql<KnownInstigator>`
    select ${KNOWN} from instigator where deployment_id = ${deploymentId} and location_name = ${locationName}
    order by id for no key update`.execute(trx);
  return rows;
}

/** One of them, held until the transaction ends; null: nothing has defined it yet. */
export async function holdInstigator(
  trx: Trx,
  { deploymentId, locationName, kind, name }: InstigatorSelector,
): Promise<KnownInstigator | null> {
  const { rows } = await sql<KnownInstigator>`
    select ${KNOWN} from instigator where deployment_id = ${deploymentId} and location_name = ${locationName} and kind = ${kind}
      and name = ${name} for no key update`.execute(trx);
  return rows[0] ?? null;
}

/** Stores schedules and sensors of a code location that are held, and new ones. */
export async function storeInstigators(
  trx: Trx,
  deploymentId: string,
  locationName: string,
  planned: readonly PlannedInstigator[],
): Promise<void> {
  if (planned.length === 0) return;
  await sql`
    with wanted as materialized (
      select id, kind, name, "keyName" as key_name, rule, problem, "runningByDefault" as running_by_default,
        to_timestamp("runningSince" / 1000) as running_since, to_timestamp("decidedUpTo" / 1000) as decided_up_to,
        to_timestamp("nextDue" / 1000) as next_due
      from jsonb_to_recordset(${JSON.stringify(planned)}::jsonb) as w (id uuid, kind text, name text, "keyName" text, rule jsonb,
        problem text, "runningByDefault" boolean, "runningSince" float8, "decidedUpTo" float8, "nextDue" float8)
    ), changed as (
      update instigator set name = wanted.name, rule = wanted.rule, problem = wanted.problem,
        running_by_default = wanted.running_by_default, running_since = wanted.running_since, decided_up_to = wanted.decided_up_to,
        next_due = wanted.next_due,
        undefined_since = case when wanted.rule is null then coalesce(instigator.undefined_since, now()) end
      from wanted where instigator.id = wanted.id
    )
    insert into instigator (deployment_id, location_name, kind, name, key_name, rule, problem, running_by_default, running_since,
      decided_up_to, next_due)
    select ${deploymentId}, ${locationName}, kind, name, key_name, rule, problem, running_by_default, running_since, decided_up_to,
      next_due
    from wanted where id is null`.execute(trx);
}

/** Stores what one that is held was switched to, and its times since then. */
export async function storeSwitch(
  trx: Trx,
  id: string,
  switched: SwitchedTo | null,
  { runningSince, decidedUpTo, nextDue }: Pick<KnownInstigator, "runningSince" | "decidedUpTo" | "nextDue">,
): Promise<void> {
  await sql`
    update instigator set switched = ${switched}, running_since = ${toInstant(runningSince)}, decided_up_to = ${toInstant(decidedUpTo)},
      next_due = ${toInstant(nextDue)} where id = ${id}`.execute(trx);
}

/**
 * Milliseconds until the first of these is due, less than 0 when it has become due meanwhile; null: none ever is. Those that are
 * evaluated, and those whose location is gone, are not waited for.
 */
export async function findFirstDue(
  db: Db,
  deploymentId: string,
  kind: InstigatorKind,
): Promise<number | null> {
  const { rows } = await sql<{ ms: number | null }>`
    select extract(epoch from i.next_due - now())::float8 * 1000 as ms
    from instigator i join code_location l on l.deployment_id = i.deployment_id and l.name = i.location_name and l.removed_at is null
    where i.deployment_id = ${deploymentId} and i.kind = ${kind} and i.next_due is not null and (i.tick_in_flight is null or i.next_due > now())
    order by i.next_due limit 1`.execute(db);
  return rows[0]?.ms ?? null;
}

function inMs(instant: string) {
  return sql`extract(epoch from ${sql.raw(instant)})::float8 * 1000`;
}

function toInstant(ms: number | null) {
  return sql`to_timestamp(${ms}::float8 / 1000)`;
}
