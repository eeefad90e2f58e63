import { sql, type RawBuilder, type Selectable } from "kysely";
import type { RunStatus } from "@millrace/model/run-status";
import { readRunOrigin } from "@millrace/model/runs/run-origin";
import { topics } from "@millrace/model/topic";
import type { Db, Trx } from "../database/connect.ts";
import type { BulkOperationTable } from "../database/tables.gen.ts";
import { countRuns } from "../runs/list-runs.ts";
import type { RunFilter } from "../runs/run-filter.ts";
import { isRunId } from "../runs/run-id.ts";
import { notifyChange } from "../wake/notify-change.ts";
import { limitFilter, type BulkOperation, type BulkRefusal } from "./bulk-operation.ts";

/** Refusals that are kept. */
const MAX_REFUSALS = 20;
/** All but `asset_keys`, which may be tens of thousands. */
const COLUMNS = [
  "id",
  "deployment_id",
  "kind",
  "filter",
  "strategy",
  "origin_kind",
  "origin_name",
  "status",
  "total",
  "done",
  "refused",
  "refusals",
  "last_run_id",
  "last_run_created_at",
  "created_at",
  "ended_at",
] as const;
/** Milliseconds: instants of the database have more digits than ours, and the runs of just now belong to it. */
const ROUNDING_MS = 1;

/** An operation that is to begin. */
export interface BulkRequest extends Pick<
  BulkOperation,
  "id" | "deploymentId" | "kind" | "filter" | "strategy" | "origin"
> {
  /** The assets that it is about, in the order in which they are seen to; null: it is about runs. */
  readonly assetKeys: readonly string[] | null;
}

/** Begins an operation on the runs that are there now and match, or on assets. */
export async function insertBulkOperation(db: Db, operation: BulkRequest): Promise<BulkOperation> {
  const { id, deploymentId, kind, filter, assetKeys, strategy, origin } = operation;
  const total = assetKeys?.length ?? (await countRuns(db, deploymentId, limitFilter(kind, filter)));
  await db
    .insertInto("bulk_operation")
    .values({
      id,
      deployment_id: deploymentId,
      kind,
      filter: JSON.stringify(filter),
      asset_keys: assetKeys === null ? null : [...assetKeys],
      strategy,
      origin_kind: origin.kind,
      origin_name: origin.name,
      total,
    })
    .execute();
  await notifyChange(db, topics.bulk(deploymentId));
  const stored = await findBulkOperation(db, deploymentId, id);
  if (stored === null) throw new Error(`Bulk operation ${id} was just stored`);
  return stored;
}

export async function findBulkOperation(
  db: Db,
  deploymentId: string,
  id: string,
): Promise<BulkOperation | null> {
  if (!isRunId(id)) return null;
  const row = await db
    .selectFrom("bulk_operation")
    .select(COLUMNS)
    .where("deployment_id", "=", deploymentId)
    .where("id", "=", id)
    .executeTakeFirst();
  return row === undefined ? null : readOperation(row);
}

/** The newest operations, newest first. */
export async function listBulkOperations(
  db: Db,
  deploymentId: string,
  limit: number,
): Promise<BulkOperation[]> {
  const rows = await db
    .selectFrom("bulk_operation")
    .select(COLUMNS)
    .where("deployment_id", "=", deploymentId)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(readOperation);
}

/** Operations that are under way, oldest first. */
export async function listOpenOperations(db: Db, deploymentId: string): Promise<BulkOperation[]> {
  const rows = await db
    .selectFrom("bulk_operation")
    .select(COLUMNS)
    .where("deployment_id", "=", deploymentId)
    .where("status", "=", "RUNNING")
    .orderBy("created_at")
    .execute();
  return rows.map(readOperation);
}

/** What one batch of an operation came to. */
export interface BulkProgress {
  readonly done: number;
  readonly refusals: readonly BulkRefusal[];
  /** The last run of the batch; null: there was none. */
  readonly lastRunId: string | null;
  /** Whether nothing was left, so that the operation has ended. */
  readonly isOver: boolean;
}

/** Notes what a batch came to. Nothing happens to an operation that was stopped meanwhile, but that it counts. */
export async function noteProgress(trx: Trx, id: string, progress: BulkProgress): Promise<void> {
  const { done, refusals, lastRunId, isOver } = progress;
  await sql`
    update bulk_operation set done = done + ${done}::integer, refused = refused + ${refusals.length}::integer,
      refusals = case when jsonb_array_length(refusals) < ${MAX_REFUSALS} then refusals || ${JSON.stringify(
        refusals.slice(0, MAX_REFUSALS),
      )}::jsonb else refusals end,
      last_run_id = coalesce(last.id, last_run_id), last_run_created_at = coalesce(last.created_at, last_run_created_at),
      status = case when ${isOver} and status = 'RUNNING' then 'DONE' else status end,
      ended_at = case when ${isOver} then coalesce(ended_at, now()) else ended_at end
    from (select) one left join (select id, created_at from run where id = ${lastRunId}) last on true
    where bulk_operation.id = ${id}`.execute(trx);
}

/** Where in the list of runs an operation is, for `listRuns`: the last run may have been deleted since. */
export function placeOf({ id }: BulkOperation): RawBuilder<unknown> {
  return sql`(select last_run_created_at, last_run_id from bulk_operation where id = ${id})`;
}

/** Stops an operation that is under way; what it has done stays. Null: there is none with this id. */
export async function stopBulkOperation(
  db: Db,
  deploymentId: string,
  id: string,
): Promise<BulkOperation | null> {
  if (!isRunId(id)) return null;
  await sql`
    update bulk_operation set status = 'STOPPED', ended_at = now()
    where deployment_id = ${deploymentId} and id = ${id} and status = 'RUNNING'`.execute(db);
  return findBulkOperation(db, deploymentId, id);
}

/** The runs that an operation is about: those that were there when it began. */
export function filterOf({ kind, filter, createdAt }: BulkOperation): RunFilter {
  const end = new Date(createdAt.getTime() + ROUNDING_MS);
  const before = filter.createdBefore ?? null;
  return limitFilter(kind, {
    ...filter,
    createdBefore: before !== null && before.getTime() < end.getTime() ? before : end,
  });
}

/** The assets that come after those that an operation has been done to: at most so many, which are read alone. */
export async function listNextAssets(
  db: Db,
  { id, done }: Pick<BulkOperation, "id" | "done">,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ keys: string[] | null }>`
    select asset_keys[${done}::integer + 1 : ${done}::integer + ${limit}::integer] as keys from bulk_operation where id = ${id}`.execute(
    db,
  );
  return rows[0]?.keys ?? [];
}

function readOperation(row: Omit<Selectable<BulkOperationTable>, "asset_keys">): BulkOperation {
  return {
    id: row.id,
    deploymentId: row.deployment_id,
    kind: row.kind as BulkOperation["kind"],
    filter: readFilter(row.filter as StoredFilter),
    strategy: row.strategy as BulkOperation["strategy"],
    origin: readRunOrigin(row.origin_kind, row.origin_name),
    status: row.status as BulkOperation["status"],
    total: row.total,
    done: row.done,
    refused: row.refused,
    refusals: row.refusals as BulkOperation["refusals"],
    lastRunId: row.last_run_id,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}

/** A filter as JSON has it. */
interface StoredFilter extends Omit<RunFilter, "createdAfter" | "createdBefore"> {
  readonly statuses?: readonly RunStatus[];
  readonly createdAfter?: string | null;
  readonly createdBefore?: string | null;
}

function readFilter({ createdAfter, createdBefore, ...filter }: StoredFilter): RunFilter {
  return {
    ...filter,
    createdAfter: createdAfter == null ? null : new Date(createdAfter),
    createdBefore: createdBefore == null ? null : new Date(createdBefore),
  };
}
