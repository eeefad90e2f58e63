import { sql } from "kysely";
import type { DynamicKeys } from "@millrace/model/partitions/definition";
import { explainInvalidDynamicKey } from "@millrace/model/partitions/dynamic-key";
import { topics } from "@millrace/model/topic";
import type { Db, Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { BadRequest } from "../api/bad-request.ts";
import { dropPartitionSets } from "./dynamic-number-store.ts";
import { notifications } from "../wake/notify-change.ts";

/** Keys that may be added or removed at once. */
const MAX_KEYS = 10_000;

/** A key of dynamic partitions, and since when it is there. */
export interface DynamicPartition {
  readonly key: string;
  readonly createdAt: Date;
}

/** Some keys of dynamic partitions, oldest first. `cursor` leads to the next ones; null: there are no more. */
export interface DynamicPartitionPage {
  readonly partitions: readonly DynamicPartition[];
  readonly cursor: string | null;
}

/**
 * Adds keys behind those that are there; one that is there already keeps its place. Returns how many were new.
 *
 * @throws BadRequest when a key can't be one; then none is added.
 */
export async function addDynamicPartitions(
  db: Db,
  deploymentId: string,
  name: string,
  keys: readonly string[],
): Promise<number> {
  requireName(name);
  requireFew(keys);
  for (const key of keys) {
    const problem = explainInvalidDynamicKey(key);
    if (problem !== null) throw new BadRequest(problem);
  }
  return inTransaction(db, async (trx) => {
    const added = await sql<{ count: number }>`
      with added as (
        insert into dynamic_partition (deployment_id, name, key)
        select ${deploymentId}, ${name}, key from unnest(${keys}::text[]) with ordinality as given (key, place)
        order by place on conflict do nothing returning 1
      )
      select count(*)::integer as count, ${notifications([topics.assets(deploymentId)])} from added`.execute(
      trx,
    );
    await dropPartitionSets(trx, deploymentId, name, "added");
    return added.rows[0]?.count ?? 0;
  });
}

/** Holds keys that are going to be removed, for who locks other rows before that: each kind of row has its turn. */
export async function holdDynamicPartitions(
  trx: Trx,
  deploymentId: string,
  wanted: readonly { readonly name: string; readonly keys: readonly string[] }[],
): Promise<void> {
  if (wanted.length === 0) return;
  await sql`
    select from dynamic_partition p
    where p.deployment_id = ${deploymentId} and exists (
      select from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w (name text, keys jsonb) where w.name = p.name and w.keys ? p.key
    ) order by p.id for update of p`.execute(trx);
}

/** Removes keys; one that is not there is passed over. What is known of the assets' partitions stays. Returns how many. */
export async function deleteDynamicPartitions(
  db: Db,
  deploymentId: string,
  name: string,
  keys: readonly string[],
): Promise<number> {
  requireFew(keys);
  return inTransaction(db, async (trx) => {
    const deleted = await sql<{ count: number }>`
      with deleted as (
        delete from dynamic_partition where deployment_id = ${deploymentId} and name = ${name} and key = any(${keys}) returning 1
      )
      select count(*)::integer as count, ${notifications([topics.assets(deploymentId)])} from deleted`.execute(
      trx,
    );
    await dropPartitionSets(trx, deploymentId, name, "removed");
    return deleted.rows[0]?.count ?? 0;
  });
}

/** One page of the keys of dynamic partitions, oldest first, behind a cursor that an earlier page gave; null: from the start. */
export async function listDynamicPartitions(
  db: Db,
  deploymentId: string,
  name: string,
  cursor: string | null,
  limit: number,
): Promise<DynamicPartitionPage> {
  if (cursor !== null && !/^\d{1,18}$/.test(cursor))
    throw new BadRequest("`after` must be a cursor that an earlier page gave");
  const { rows } = await sql<DynamicPartition & { readonly id: string }>`
    select key, created_at as "createdAt", id::text from dynamic_partition
    where deployment_id = ${deploymentId} and name = ${name} and id > ${cursor ?? "0"}::bigint
    order by id limit ${limit + 1}`.execute(db);
  const partitions = rows.slice(0, limit);
  return { partitions, cursor: rows.length > limit ? (partitions.at(-1)?.id ?? null) : null };
}

/** All keys of dynamic partitions with these names, oldest first. */
export async function findDynamicKeys(
  db: Db,
  deploymentId: string,
  names: readonly string[],
): Promise<DynamicKeys> {
  if (names.length === 0) return {};
  const { rows } = await sql<{ readonly name: string; readonly keys: string[] }>`
    select name, array_agg(key order by id) as keys from dynamic_partition
    where deployment_id = ${deploymentId} and name = any(${names}) group by name`.execute(db);
  return Object.fromEntries(rows.map(({ name, keys }) => [name, keys]));
}

/** Which of these keys exist, by the names of the dynamic partitions that have them. */
export async function findDynamicKeysAmong(
  db: Db,
  deploymentId: string,
  names: readonly string[],
  keys: readonly string[],
): Promise<DynamicKeys> {
  if (names.length === 0) return {};
  const { rows } = await sql<{ readonly name: string; readonly keys: string[] }>`
    select name, array_agg(key order by id) as keys from dynamic_partition
    where deployment_id = ${deploymentId} and name = any(${names}) and key = any(${keys}) group by name`.execute(
    db,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.keys]));
}

function requireName(name: string): void {
  if (name === "" || name.length > 1_000 || name.includes("\0"))
    throw new BadRequest("`name` must be the name of a definition of dynamic partitions");
}

function requireFew(keys: readonly string[]): void {
  if (keys.length > MAX_KEYS)
    throw new BadRequest(`At most ${MAX_KEYS} keys can be given at once, not ${keys.length}`);
}
