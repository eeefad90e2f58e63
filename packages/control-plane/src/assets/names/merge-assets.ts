import { sql } from "kysely";
import type { Trx } from "../../database/connect.ts";
import { MATERIALIZED_COLUMNS, OBSERVED_COLUMNS } from "../columns/state-columns.ts";

/**
 * Joins what is kept of one asset under two keys: history and checks of both, the newest state of both. The row `from` is gone
 * after that. Both rows must be locked.
 */
export async function mergeAssets(trx: Trx, from: string, into: string): Promise<void> {
  await sql`update asset_event set asset_id = ${into} where asset_id = ${from}`.execute(trx);
  await sql`update asset_check_evaluation set asset_id = ${into} where asset_id = ${from}`.execute(trx);
  await sql`update asset_former_key set asset_id = ${into} where asset_id = ${from}`.execute(trx);
  await sql`
    update asset known set rewrites = known.rewrites + 1, materialization_count = known.materialization_count + excluded.materialization_count,
      ${newest([...MATERIALIZED_COLUMNS, "last_materialization_run_id"], "last_materialized_at")},
      ${newest(OBSERVED_COLUMNS, "last_observed_at")}, ${newest(["last_failed_at", "last_failed_run_id"], "last_failed_at")}
    from asset excluded where known.id = ${into} and excluded.id = ${from}`.execute(trx);
  const columns = sql.join(
    [...MATERIALIZED_COLUMNS, "last_run_id", ...OBSERVED_COLUMNS, "last_failed_at"].map((name) =>
      sql.ref(name),
    ),
  );
  await sql`
    insert into asset_partition_state as known (asset_id, partition_key, deployment_id, ${columns})
    select ${into}, partition_key, deployment_id, ${columns} from asset_partition_state where asset_id = ${from} order by partition_key
    on conflict (asset_id, partition_key) do update set ${newest([...MATERIALIZED_COLUMNS, "last_run_id"], "last_materialized_at")},
      ${newest(OBSERVED_COLUMNS, "last_observed_at")}, ${newest(["last_failed_at"], "last_failed_at")}`.execute(
    trx,
  );
  // Made again from the rows when somebody asks for it.
  await sql`delete from asset_partition_set where asset_id = ${into}`.execute(trx);
  await sql`delete from asset where id = ${from}`.execute(trx);
}

function newest(columns: readonly string[], time: string): ReturnType<typeof sql> {
  const isNewer = sql`excluded.${sql.ref(time)} > coalesce(known.${sql.ref(time)}, '-infinity')`;
  return sql.join(
    columns.map(
      (name) =>
        sql`${sql.ref(name)} = case when ${isNewer} then excluded.${sql.ref(name)} else known.${sql.ref(name)} end`,
    ),
  );
}
