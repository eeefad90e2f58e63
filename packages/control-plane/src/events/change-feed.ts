import { sql } from "kysely";
import type { RunFailureReason } from "@millrace/model/run-failure";
import type { RunStatus } from "@millrace/model/run-status";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";

/** A run that has come to a status. */
export interface RunChange {
  /** Dense in the deployment, in the order in which changes were found to be committed; those of one run in their order. */
  readonly seq: number;
  readonly runId: string;
  readonly locationName: string;
  readonly jobName: string;
  readonly partitionKey: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: RunStatus;
  readonly failureReason: RunFailureReason | null;
  /** The sentence of the event that brought the status. */
  readonly message: string;
  readonly happenedAt: Date;
}

/** Some changes, and how far the feed was looked at for them: where to go on, since nothing that matters is before it. */
export interface RunChangePage {
  readonly changes: readonly RunChange[];
  readonly upTo: number;
}

/** Which changes matter; what is left out does not. */
export interface RunChangeFilter {
  readonly statuses?: readonly RunStatus[];
  readonly jobNames?: readonly string[];
  readonly locationName?: string;
  /** Runs with this tag. */
  readonly tag?: { readonly key: string; readonly value: string };
}

/** Changes that are numbered by one statement. */
const BATCH = 10_000;

/**
 * The changes of a deployment's runs after a number, oldest first. Whoever goes on after `upTo` sees each change exactly once: none
 * is passed over, however long its transaction took, and no transaction of anybody holds the feed up.
 *
 * @param after the last number seen; 0: none.
 */
export async function readRunChanges(
  db: Db,
  deploymentId: string,
  after: number,
  limit: number,
  filter: RunChangeFilter = {},
): Promise<RunChangePage> {
  await numberRunChanges(db, deploymentId);
  // The end first: what is numbered while we read is not looked at as a whole.
  const end = await findFeedEnd(db, deploymentId);
  const changes = await listChanges(db, deploymentId, filter, sql`c.seq > ${after}`, sql`asc`, limit);
  const last = changes.at(-1)?.seq ?? after;
  return { changes, upTo: changes.length < limit ? Math.max(end, last) : last };
}

/** The newest change that matters, or none, and the end of the feed: who reads on from there gets only later changes. */
export async function findNewestRunChange(
  db: Db,
  deploymentId: string,
  filter: RunChangeFilter = {},
): Promise<RunChangePage> {
  await numberRunChanges(db, deploymentId);
  const end = await findFeedEnd(db, deploymentId);
  const changes = await listChanges(db, deploymentId, filter, sql`true`, sql`desc`, 1);
  return { changes, upTo: Math.max(end, changes[0]?.seq ?? 0) };
}

/**
 * Hands a reader the changes that it has not had yet, in the transaction that notes that it has had them: what it does with them is
 * done exactly once, in whatever replica. Readers of one name take turns.
 *
 * @param reader such as the name of a daemon.
 * @returns whether there were as many as `limit`, so that there may be more.
 */
export async function consumeRunChanges(
  db: Db,
  deploymentId: string,
  reader: string,
  limit: number,
  consume: (trx: Trx, changes: readonly RunChange[]) => Promise<void>,
): Promise<boolean> {
  // In a transaction of its own: the right to number is not held for as long as the reader takes.
  await numberRunChanges(db, deploymentId);
  return inTransaction(db, async (trx) => {
    const cursor = await sql<{ seq: number }>`
      insert into feed_cursor (deployment_id, reader) values (${deploymentId}, ${reader})
      on conflict (deployment_id, reader) do update set seq = feed_cursor.seq returning seq`.execute(trx);
    const after = cursor.rows[0]?.seq ?? 0;
    const changes = await listChanges(trx, deploymentId, {}, sql`c.seq > ${after}`, sql`asc`, limit);
    const last = changes.at(-1);
    if (last === undefined) return false;
    await consume(trx, changes);
    await sql`
      update feed_cursor set seq = ${last.seq} where deployment_id = ${deploymentId} and reader = ${reader}`.execute(
      trx,
    );
    return changes.length === limit;
  });
}

/**
 * Numbers the changes that have been committed since somebody last did, one reader at a time. A change that is committed later gets
 * a higher number, whenever its transaction began.
 */
async function numberRunChanges(db: Db, deploymentId: string): Promise<void> {
  const fresh = await sql`
    select from run_change where deployment_id = ${deploymentId} and seq is null limit 1`.execute(db);
  if (fresh.rows.length === 0) return;
  for (let numbered = BATCH; numbered === BATCH;)
    numbered = await inTransaction(db, (trx) => numberBatch(trx, deploymentId));
}

async function numberBatch(trx: Trx, deploymentId: string): Promise<number> {
  const held = await sql<{ last: number }>`
    insert into run_feed (deployment_id) values (${deploymentId})
    on conflict (deployment_id) do update set last_seq = run_feed.last_seq returning last_seq as last`.execute(
    trx,
  );
  const last = held.rows[0]?.last ?? 0;
  // A statement of its own, whose view of the table begins after the wait for the row.
  const numbered = await sql`
    with fresh as materialized (
      select id, row_number() over (order by id) as n from (
        select id from run_change where deployment_id = ${deploymentId} and seq is null order by id limit ${BATCH}
      ) oldest
    )
    update run_change c set seq = ${last}::bigint + fresh.n from fresh
    where c.deployment_id = ${deploymentId} and c.seq is null and c.id = fresh.id`.execute(trx);
  const count = Number(numbered.numAffectedRows ?? 0n);
  await sql`update run_feed set last_seq = ${last + count} where deployment_id = ${deploymentId}`.execute(
    trx,
  );
  return count;
}

async function findFeedEnd(db: Db, deploymentId: string): Promise<number> {
  const row = await db
    .selectFrom("run_feed")
    .select("last_seq")
    .where("deployment_id", "=", deploymentId)
    .executeTakeFirst();
  return row?.last_seq ?? 0;
}

async function listChanges(
  db: Db,
  deploymentId: string,
  { statuses, jobNames, locationName, tag }: RunChangeFilter,
  where: ReturnType<typeof sql>,
  order: ReturnType<typeof sql>,
  limit: number,
): Promise<RunChange[]> {
  const { rows } = await sql<RunChange>`
    select c.seq, c.run_id as "runId", r.location_name as "locationName", r.job_name as "jobName", r.partition_key as "partitionKey",
      r.tags, c.status, c.failure_reason as "failureReason", coalesce(e.message, '') as message, c.happened_at as "happenedAt"
    from run_change c join run r on r.id = c.run_id
    left join run_event e on e.run_id = c.run_id and e.position = c.position and e.stored_at = c.changed_at
    where c.deployment_id = ${deploymentId} and c.seq is not null and ${where}
      ${statuses === undefined ? sql`` : sql`and c.status = any(${statuses})`}
      ${jobNames === undefined ? sql`` : sql`and r.job_name = any(${jobNames})`}
      ${locationName === undefined ? sql`` : sql`and r.location_name = ${locationName}`}
      ${tag === undefined ? sql`` : sql`and r.tags ->> ${tag.key}::text = ${tag.value}`}
    order by c.seq ${order} limit ${limit}`.execute(db);
  return rows;
}
