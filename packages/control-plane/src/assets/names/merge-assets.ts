import { sql } from "kysely";
import type { Trx } from "../../database/connect.ts";
import { MATERIALIZED_COLUMNS, numberOf, OBSERVED_COLUMNS } from "../columns/state-columns.ts";

/**
 * Joins what is kept of one asset under two keys: history and checks of both, the last state of both. The row `from` is gone
 * after that. Both rows must be locked.
 */
export async function mergeAssets(trx: Trx, from: string, into: string): Promise<void> {
  await sql`update asset_event set asset_id = ${into} where asset_id = ${from}`.execute(trx);
  await sql`update asset_check_evaluation set asset_id = ${into} where asset_id = ${from}`.execute(trx);
  await sql`
    update asset_check_failure f set asset_id = ${into} where asset_id = ${from}
      and not exists (select from asset_check_failure own where own.asset_id = ${into} and own.check_name = f.check_name)`.execute(
    trx,
  );
  await sql`update asset_former_key set asset_id = ${into} where asset_id = ${from}`.execute(trx);
  await sql`
    update asset known set rewrites = known.rewrites + 1, materialization_count = known.materialization_count + excluded.materialization_count,
      ${last([...MATERIALIZED_COLUMNS, "last_materialization_run_id"], IS_MADE_LATER)},
      ${last(OBSERVED_COLUMNS, IS_OBSERVED_LATER)}, ${last(["last_failed_at", "last_failed_run_id"], HAS_FAILED_LATER)}
    from asset excluded where known.id = ${into} and excluded.id = ${from}`.execute(trx);
  const columns = sql.join(
    [...MATERIALIZED_COLUMNS, "last_run_id", ...OBSERVED_COLUMNS, "last_failed_at"].map((name) =>
      sql.ref(name),
    ),
  );
  await sql`
    insert into asset_partition_state as known (asset_id, partition_key, deployment_id, ${columns})
    select ${into}, partition_key, deployment_id, ${columns} from asset_partition_state where asset_id = ${from} order by partition_key
    on conflict (asset_id, partition_key) do update set ${last([...MATERIALIZED_COLUMNS, "last_run_id"], IS_MADE_LATER)},
      ${last(OBSERVED_COLUMNS, IS_OBSERVED_LATER)}, ${last(["last_failed_at"], HAS_FAILED_LATER)}`.execute(
    trx,
  );
  // Made again from the rows when somebody asks for it.
  await sql`delete from asset_partition_set where asset_id = ${into}`.execute(trx);
  await sql`delete from asset where id = ${from}`.execute(trx);
}

const isStoredLater = (document: string) =>
  sql`coalesce(${numberOf(`excluded.${document}`)} > coalesce(${numberOf(`known.${document}`)}, 0), false)`;
const IS_MADE_LATER = isStoredLater("last_materialization");
const IS_OBSERVED_LATER = isStoredLater("last_observation");
const HAS_FAILED_LATER = sql`excluded.last_failed_at > coalesce(known.last_failed_at, '-infinity')`;

function last(columns: readonly string[], isLater: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql.join(
    columns.map(
      (name) =>
        sql`${sql.ref(name)} = case when ${isLater} then excluded.${sql.ref(name)} else known.${sql.ref(name)} end`,
    ),
  );
}
