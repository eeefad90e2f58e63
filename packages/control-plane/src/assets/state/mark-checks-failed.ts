import { sql } from "kysely";
import type { Trx } from "../../database/connect.ts";
import { getSnapshot } from "../../locations/snapshot-store.ts";
import { keyOfToday, lockAssets } from "./lock-assets.ts";

/** A run whose steps evaluate checks. */
interface CheckingRun {
  readonly id: string;
  readonly deploymentId: string;
}

/** Notes that steps have failed which were to evaluate checks, by the definitions of the run. What they have evaluated before counts. */
export async function markChecksFailed(
  trx: Trx,
  { id, deploymentId }: CheckingRun,
  failedAt: Date,
  stepKeys: readonly string[],
): Promise<void> {
  const { rows } = await sql<{ digest: Buffer }>`
    select v.snapshot_digest as digest from run r join location_version v on v.id = r.location_version_id
    where r.id = ${id} and v.snapshot_digest is not null`.execute(trx);
  const snapshot = rows[0] && (await getSnapshot(trx, rows[0].digest));
  const checks = snapshot?.checks.filter(({ stepKey }) => stepKeys.includes(stepKey)) ?? [];
  if (checks.length === 0) return;
  await lockAssets(
    trx,
    deploymentId,
    checks.map(({ assetKey }) => assetKey),
  );
  await sql`
    insert into asset_check_failure (asset_id, check_name, deployment_id, run_id, failed_at, after_evaluation)
    select a.id, c.name, ${deploymentId}, ${id}, ${failedAt}::timestamptz, coalesce(e.id, 0)
    from unnest(${checks.map(({ assetKey }) => assetKey)}::text[], ${checks.map(({ name }) => name)}::text[]) as c (key, name)
    join asset a on a.deployment_id = ${deploymentId} and a.key = ${keyOfToday(deploymentId, sql.ref("c.key"))}
    left join lateral (select e.id, e.run_id from asset_check_evaluation e
      where e.asset_id = a.id and e.check_name = c.name order by e.id desc limit 1) e on true
    where e.run_id is distinct from ${id}::uuid order by a.id, c.name
    on conflict (asset_id, check_name) do update
      set run_id = excluded.run_id, failed_at = excluded.failed_at, after_evaluation = excluded.after_evaluation`.execute(
    trx,
  );
}
