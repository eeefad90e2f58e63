import { sql, type Selectable } from "kysely";
import type { BackfillProgress } from "@millrace/model/backfills/backfill-target";
import type { RunConfig } from "@millrace/model/config/run-config";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import {
  restoreSubset,
  serializeSubset,
  type SerializedSubset,
} from "@millrace/model/partitions/serialize-subset";
import { countSubset } from "@millrace/model/partitions/subset-keys";
import type { PartitionsSubset } from "@millrace/model/partitions/subset";
import { readRunOrigin, type RunOrigin } from "@millrace/model/runs/run-origin";
import { topics } from "@millrace/model/topic";
import type { Db, Trx } from "../database/connect.ts";
import type { BackfillTable, BackfillTargetTable } from "../database/tables.gen.ts";
import { isRunId } from "../runs/run-id.ts";
import { notifications, notifyChange } from "../wake/notify-change.ts";
import { readPartitions } from "../assets/partition-sets/read-partitions.ts";

/** How a backfill stands. Those from `CANCELED` on have ended. */
export const BACKFILL_STATUSES = [
  "REQUESTED",
  "CANCELING",
  "CANCELED",
  "FAILED",
  "COMPLETED_SUCCESS",
  "COMPLETED_FAILED",
] as const;
export type BackfillStatus = (typeof BACKFILL_STATUSES)[number];

/** A backfill as it is stored. */
export interface Backfill {
  readonly id: string;
  readonly deploymentId: string;
  readonly title: string | null;
  readonly status: BackfillStatus;
  readonly paused: boolean;
  /** Why it failed, or the newest reason for which partitions could not be launched. */
  readonly message: string | null;
  /** Null: assets without a job. */
  readonly jobName: string | null;
  readonly runConfig: RunConfig | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly origin: RunOrigin;
  /** The backfill whose rest it makes. */
  readonly parentId: string | null;
  /** Changes of runs up to this number are counted in. */
  readonly feedSeq: number;
  readonly runCount: number;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** One thing that a backfill makes, and how far it is. */
export interface StoredTarget extends BackfillProgress {
  readonly key: string;
  readonly locationName: string;
  /** How it was partitioned when the backfill began; null: not. */
  readonly partitions: PartitionsDefinition | null;
  readonly partitionsJson: string | null;
  /** Will not be made, as something that it needs was not. */
  readonly skipped: PartitionsSubset;
}

/** How many partitions of a target stand how. */
export interface TargetCounts {
  readonly key: string;
  readonly isPartitioned: boolean;
  readonly targeted: number;
  readonly requested: number;
  readonly materialized: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Stores a new backfill with its targets; false: there is one with its id already. */
export async function insertBackfill(
  trx: Trx,
  backfill: Pick<Backfill, "id" | "deploymentId" | "title" | "jobName" | "runConfig" | "tags" | "origin"> &
    Pick<Backfill, "parentId" | "feedSeq">,
  targets: readonly StoredTarget[],
): Promise<boolean> {
  const { origin } = backfill;
  const inserted = await trx
    .insertInto("backfill")
    .values({
      id: backfill.id,
      deployment_id: backfill.deploymentId,
      title: backfill.title,
      job_name: backfill.jobName,
      run_config: backfill.runConfig === null ? null : JSON.stringify(backfill.runConfig),
      tags: JSON.stringify(backfill.tags),
      origin_kind: origin.kind,
      origin_name: origin.name,
      parent_id: backfill.parentId,
      feed_seq: backfill.feedSeq,
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning(sql`${notifications([topics.backfills(backfill.deploymentId)])}`.as("notified"))
    .execute();
  if (inserted.length === 0) return false;
  await trx
    .insertInto("backfill_target")
    .values(
      targets.map((target) => ({
        backfill_id: backfill.id,
        deployment_id: backfill.deploymentId,
        key: target.key,
        location_name: target.locationName,
        partitions: target.partitionsJson,
        targeted: JSON.stringify(serializeSubset(target.targeted)),
        targeted_count: countSubset(target.partitions, target.targeted),
        ...startedColumns(target),
      })),
    )
    .execute();
  return true;
}

/** The backfill, or null when the deployment has none with this id. */
export async function findBackfill(db: Db, deploymentId: string, id: string): Promise<Backfill | null> {
  if (!isRunId(id)) return null;
  const row = await selectBackfills(db, deploymentId).where("id", "=", id).executeTakeFirst();
  return row ? readBackfill(row) : null;
}

/** A page of backfills, newest first, after the one whose id is given. */
export async function listBackfills(
  db: Db,
  deploymentId: string,
  statuses: readonly BackfillStatus[] | null,
  after: string | null,
  limit: number,
): Promise<{ readonly nodes: readonly Backfill[]; readonly hasMore: boolean }> {
  if (after !== null && !isRunId(after)) return { nodes: [], hasMore: false };
  let query = selectBackfills(db, deploymentId);
  if (statuses !== null) query = query.where("status", "in", statuses);
  if (after !== null)
    query = query.where(
      sql<boolean>`(created_at, id) < (select created_at, id from backfill where id = ${after})`,
    );
  const rows = await query
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  return { nodes: rows.slice(0, limit).map(readBackfill), hasMore: rows.length > limit };
}

/** The ids of backfills that have not ended, oldest first. */
export async function listOpenBackfills(db: Db, deploymentId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("backfill")
    .select("id")
    .where("deployment_id", "=", deploymentId)
    .where("ended_at", "is", null)
    .orderBy("created_at")
    .execute();
  return rows.map(({ id }) => id);
}

/** Locks a backfill until the transaction ends; null: the deployment has none with this id. */
export async function lockBackfill(trx: Trx, deploymentId: string, id: string): Promise<Backfill | null> {
  if (!isRunId(id)) return null;
  const row = await selectBackfills(trx, deploymentId)
    .where("id", "=", id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row ? readBackfill(row) : null;
}

/** Changes fields of a backfill that the transaction has locked, and tells who watches it; a status that ends it says when. */
export async function updateBackfill(
  trx: Trx,
  { id, deploymentId }: Pick<Backfill, "id" | "deploymentId">,
  change: Partial<Pick<Backfill, "status" | "paused" | "message" | "runCount">>,
): Promise<void> {
  const { status, paused, message, runCount } = change;
  await trx
    .updateTable("backfill")
    .set({
      ...(status === undefined ? {} : { status, ended_at: isEnded(status) ? sql<Date>`now()` : null }),
      ...(paused === undefined ? {} : { paused }),
      ...(message === undefined ? {} : { message }),
      ...(runCount === undefined ? {} : { run_count: runCount }),
    })
    .where("id", "=", id)
    .returning(sql`${notifications([topics.backfills(deploymentId)])}`.as("notified"))
    .execute();
}

/** Notes up to which change of runs a backfill that the transaction has locked has counted in what became of its own. */
export async function noteSeen(trx: Trx, { id }: Pick<Backfill, "id">, feedSeq: number): Promise<void> {
  await sql`update backfill set feed_seq = ${feedSeq} where id = ${id} and feed_seq <> ${feedSeq}`.execute(
    trx,
  );
}

/** Whether a backfill with this status does nothing any more. */
export function isEnded(status: BackfillStatus): boolean {
  return status !== "REQUESTED" && status !== "CANCELING";
}

/** What a backfill makes, and how far it is, in the order of keys. */
export async function listTargets(db: Db, backfillId: string): Promise<StoredTarget[]> {
  const rows = await db
    .selectFrom("backfill_target")
    .selectAll()
    .where("backfill_id", "=", backfillId)
    .orderBy("key")
    .execute();
  return rows.map(readTarget);
}

/** Stores how far targets are, and tells who watches the backfill. */
export async function saveTargets(
  trx: Trx,
  { id, deploymentId }: Pick<Backfill, "id" | "deploymentId">,
  targets: readonly StoredTarget[],
): Promise<void> {
  const rows = targets.map((target) => ({ key: target.key, ...columnsOfProgress(target) }));
  await sql`
    update backfill_target t set requested = n.requested, materialized = n.materialized, failed = n.failed, skipped = n.skipped,
      requested_count = n.requested_count, materialized_count = n.materialized_count, failed_count = n.failed_count,
      skipped_count = n.skipped_count
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as n (key text, requested jsonb, materialized jsonb, failed jsonb,
      skipped jsonb, requested_count integer, materialized_count integer, failed_count integer, skipped_count integer)
    where t.backfill_id = ${id} and t.key = n.key`.execute(trx);
  await notifyChange(trx, topics.backfills(deploymentId));
}

/** The counts of several backfills' targets, by backfill. */
export async function listTargetCounts(
  db: Db,
  backfillIds: readonly string[],
): Promise<Map<string, TargetCounts[]>> {
  const { rows } = await sql<TargetCounts & { readonly backfillId: string }>`
    select backfill_id as "backfillId", key, partitions is not null as "isPartitioned", targeted_count as targeted,
      requested_count as requested, materialized_count as materialized, failed_count as failed, skipped_count as skipped
    from backfill_target where backfill_id = any(${backfillIds}::uuid[]) order by key`.execute(db);
  return Map.groupBy(rows, ({ backfillId }) => backfillId);
}

function selectBackfills(db: Db, deploymentId: string) {
  return db.selectFrom("backfill").selectAll().where("deployment_id", "=", deploymentId);
}

function readBackfill(row: Selectable<BackfillTable>): Backfill {
  return {
    id: row.id,
    deploymentId: row.deployment_id,
    title: row.title,
    status: row.status as BackfillStatus,
    paused: row.paused,
    message: row.message,
    jobName: row.job_name,
    runConfig: row.run_config as RunConfig | null,
    tags: row.tags as Backfill["tags"],
    origin: readRunOrigin(row.origin_kind, row.origin_name),
    parentId: row.parent_id,
    feedSeq: row.feed_seq,
    runCount: row.run_count,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}

function readTarget(row: Selectable<BackfillTargetTable>): StoredTarget {
  const partitions = row.partitions === null ? null : readPartitions({ json: row.partitions }).definition;
  const read = (value: unknown): PartitionsSubset => {
    const subset = restoreSubset(partitions, value as SerializedSubset);
    if (subset === null)
      throw new Error(`A set of backfill ${row.backfill_id} is not one of partitions of ${row.key}`);
    return subset;
  };
  return {
    key: row.key,
    locationName: row.location_name,
    partitions,
    partitionsJson: row.partitions,
    targeted: read(row.targeted),
    requested: read(row.requested),
    materialized: read(row.materialized),
    failed: read(row.failed),
    skipped: read(row.skipped),
  };
}

/** The columns of a target of which nothing was launched yet: its sets are as empty as one of them. */
function startedColumns(
  target: StoredTarget,
): Readonly<Record<"requested" | "materialized" | "failed" | "skipped", string>> {
  const { requested, materialized, failed, skipped } = columnsOfProgress(target);
  return {
    requested: JSON.stringify(requested),
    materialized: JSON.stringify(materialized),
    failed: JSON.stringify(failed),
    skipped: JSON.stringify(skipped),
  };
}

interface ProgressColumns {
  readonly requested: SerializedSubset;
  readonly materialized: SerializedSubset;
  readonly failed: SerializedSubset;
  readonly skipped: SerializedSubset;
  readonly requested_count: number;
  readonly materialized_count: number;
  readonly failed_count: number;
  readonly skipped_count: number;
}

function columnsOfProgress(target: StoredTarget): ProgressColumns {
  const { partitions, requested, materialized, failed, skipped } = target;
  return {
    requested: serializeSubset(requested),
    materialized: serializeSubset(materialized),
    failed: serializeSubset(failed),
    skipped: serializeSubset(skipped),
    requested_count: countSubset(partitions, requested),
    materialized_count: countSubset(partitions, materialized),
    failed_count: countSubset(partitions, failed),
    skipped_count: countSubset(partitions, skipped),
  };
}
