import { sql } from "kysely";
import { followFreshness } from "@millrace/model/freshness/follow-freshness";
import type { FreshnessPolicy } from "@millrace/model/freshness/freshness-policy";
import { topics } from "@millrace/model/topic";
import type { DaemonContext, DeploymentDaemon } from "../../daemons/daemon.ts";
import type { Db } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { listServingSnapshots } from "../../locations/serving-snapshot.ts";
import { notifyChange } from "../../wake/notify-change.ts";
import { forgetFreshness, listDueAssets, storeFreshness } from "./freshness-store.ts";

/** Notes how fresh assets are in the moment in which that changes: when a deadline passes, or the asset is materialized. */
export const freshnessDaemon: DeploymentDaemon = {
  name: "freshness",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.assets(deploymentId), topics.locations(deploymentId)],
  dues: sql`select deployment_id, next_change_at as due from asset_freshness where next_change_at is not null`,
  intervalMs: 60_000,
  runsOn: "one",
  async isIdle({ db }, deploymentId) {
    const { assets, hasGone } = await listDueAssets(db, deploymentId, await readPolicies(db, deploymentId));
    return assets.length === 0 && !hasGone;
  },
  tick: followAll,
};

/** The freshness policies of what is served, by asset key. */
async function readPolicies(db: Db, deploymentId: string): Promise<ReadonlyMap<string, string>> {
  const policies = new Map<string, string>();
  for (const { snapshot } of await listServingSnapshots(db, deploymentId))
    for (const { key, freshnessPolicy } of snapshot.assets)
      if (freshnessPolicy !== undefined && !policies.has(key)) policies.set(key, freshnessPolicy);
  return policies;
}

async function followAll({ db, holdPlace }: DaemonContext, deploymentId: string): Promise<void> {
  const policies = await readPolicies(db, deploymentId);
  const { now, assets, hasGone } = await listDueAssets(db, deploymentId, policies);
  if (assets.length === 0 && !hasGone) return;
  const followed = assets.map(({ assetId, policy, materializedAt, known }) => ({
    ...followFreshness(known, JSON.parse(policy) as FreshnessPolicy, materializedAt, now),
    assetId,
    policy,
  }));
  await inTransaction(db, async (trx) => {
    await holdPlace(trx);
    if (followed.length > 0) await storeFreshness(trx, deploymentId, followed);
    const gone = await forgetFreshness(trx, deploymentId, [...policies.keys()]);
    // Telling of nothing new would wake this daemon again.
    if (gone > 0 || followed.some(({ changes }) => changes.length > 0))
      await notifyChange(trx, topics.assets(deploymentId));
  });
}
