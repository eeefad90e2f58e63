import { sql } from "kysely";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import { DIMENSION_SEPARATOR } from "@millrace/model/partitions/multi-key";
import type { DynamicNumbers, NumberedKeys } from "@millrace/model/partitions/partition-places";
import type { Db, Trx } from "../database/connect.ts";

/** All keys of dynamic partitions with these names, each with the number it was given. */
export async function findDynamicNumbers(
  db: Db,
  deploymentId: string,
  names: readonly string[],
): Promise<DynamicNumbers> {
  return selectNumbers(db, deploymentId, names, null);
}

/** The numbers of those dynamic keys that these partitions of a definition are made of. */
export async function findNumbersOf(
  db: Db,
  deploymentId: string,
  definition: PartitionsDefinition,
  partitions: readonly string[],
): Promise<DynamicNumbers> {
  const names = dynamicNamesOf(definition);
  if (names.length === 0) return {};
  const parts = new Set(partitions.flatMap((key) => [key, ...key.split(DIMENSION_SEPARATOR)]));
  return selectNumbers(db, deploymentId, names, [...parts]);
}

async function selectNumbers(
  db: Db,
  deploymentId: string,
  names: readonly string[],
  keys: readonly string[] | null,
): Promise<DynamicNumbers> {
  if (names.length === 0) return {};
  const { rows } = await sql<NumberedKeys & { readonly name: string }>`
    select name, array_agg(key order by id) as keys, array_agg(id::float8 order by id) as numbers from dynamic_partition
    where deployment_id = ${deploymentId} and name = any(${names}) ${keys === null ? sql`` : sql`and key = any(${keys})`}
    group by name`.execute(db);
  return Object.fromEntries(rows.map(({ name, keys: all, numbers }) => [name, { keys: all, numbers }]));
}

/**
 * Gives up the sets of assets whose partitions are made of these dynamic ones, so that they are made again: after keys were
 * removed all of them, after keys were added those that left partitions out.
 */
export async function dropPartitionSets(
  trx: Trx,
  deploymentId: string,
  name: string,
  change: "added" | "removed",
): Promise<void> {
  await sql`
    with held as materialized (
      select a.id from asset_partition_set s join asset a on a.id = s.asset_id
      where s.deployment_id = ${deploymentId} and s.dynamic_names @> array[${name}]::text[] and s.dynamic_names <> '{}'
        ${change === "added" ? sql`and s.has_unknown` : sql``}
      order by a.key for no key update of a
    )
    delete from asset_partition_set s using held where s.asset_id = held.id`.execute(trx);
}
