import { sql } from "kysely";
import type { Db } from "../database/connect.ts";

/**
 * How many failed partitions of assets are made again by themselves, by key: the run that was to make them is launched again, or its
 * retry goes on. Assets without any are left out.
 */
export async function countRetriedFailures(
  db: Db,
  deploymentId: string,
  keys: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ key: string; count: number }>`
    with retried as (
      select asset_keys, partition_key, partition_keys from run where deployment_id = ${deploymentId} and retry_at is not null
      union all
      select again.asset_keys, again.partition_key, again.partition_keys
      from run again join run failed on failed.id = again.parent_run_id and failed.retry_run_id = again.id
      where again.deployment_id = ${deploymentId} and again.status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING')
        and again.asset_keys && ${keys}::text[]
    )
    select a.key, count(distinct p.partition_key)::integer as count
    from retried cross join unnest(coalesce(retried.partition_keys, array[retried.partition_key])) as partition
    join asset a on a.deployment_id = ${deploymentId} and a.key = any(${keys}::text[]) and a.key = any(retried.asset_keys)
    join asset_partition_state p on p.asset_id = a.id and p.partition_key = partition
      and p.last_failed_at > coalesce(p.last_materialized_at, '-infinity')
    group by a.key`.execute(db);
  return new Map(rows.map(({ key, count }) => [key, count]));
}
