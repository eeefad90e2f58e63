import { sql } from "kysely";
import type { Trx } from "../../database/connect.ts";
import { listServingSnapshots } from "../../locations/serving-snapshot.ts";
import { keepRunsOfReused, listFormerKeys } from "../former-keys/former-key-store.ts";
import { mergeAssets } from "./merge-assets.ts";
import { planRenames, toNamedAsset } from "./plan-renames.ts";

/** What is kept under one key goes to another. */
interface Rename {
  readonly from: string;
  readonly to: string;
  /** The asset's id. */
  readonly id: string;
}

/**
 * Lets assets that were renamed keep what is known of them: state, partitions, history and checks go to the key that is served
 * (see `planRenames`). Of what stands under both keys already, the newest counts.
 */
export async function renameAssets(trx: Trx, deploymentId: string): Promise<void> {
  const served = (await listServingSnapshots(trx, deploymentId)).flatMap(({ snapshot }) =>
    snapshot.assets.map(toNamedAsset),
  );
  const formerKeys = await listFormerKeys(trx, deploymentId);
  const { renames, reused } = planRenames(served, formerKeys);
  const owned = formerKeys.filter(({ former }) => reused.includes(former));
  const owners = owned.map(({ key }) => key);
  const rows = await lockAssetRows(trx, deploymentId, [...renames.keys(), ...renames.values(), ...owners]);
  await keepRunsOfReused(trx, deploymentId, owned);
  await forgetFormerKeys(trx, deploymentId, reused);
  const moved: Rename[] = [];
  for (const [from, to] of renames) {
    const source = rows.get(from);
    if (source === undefined) continue;
    const target = rows.get(to);
    if (target !== undefined) await mergeAssets(trx, source, target);
    rows.set(to, target ?? source);
    moved.push({ from, to, id: target ?? source });
  }
  await storeKeys(trx, deploymentId, moved);
}

async function forgetFormerKeys(trx: Trx, deploymentId: string, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await trx
    .deleteFrom("asset_former_key")
    .where("deployment_id", "=", deploymentId)
    .where("key", "in", keys)
    .execute();
}

/** Ids of the assets that are kept, by key. */
async function lockAssetRows(
  trx: Trx,
  deploymentId: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ id: string; key: string }>`
    select id, key from asset where deployment_id = ${deploymentId} and key = any(${keys}::text[])
    order by key for no key update`.execute(trx);
  return new Map(rows.map(({ id, key }) => [key, id]));
}

/** Keeps assets under their new keys, and remembers the ones they had. */
async function storeKeys(trx: Trx, deploymentId: string, moved: readonly Rename[]): Promise<void> {
  if (moved.length === 0) return;
  const ids = moved.map(({ id }) => id);
  const to = moved.map((each) => each.to);
  await forgetFormerKeys(trx, deploymentId, to);
  await sql`
    update asset set key = moved.key from unnest(${ids}::uuid[], ${to}::text[]) as moved (id, key)
    where asset.id = moved.id and asset.key <> moved.key`.execute(trx);
  await sql`
    insert into asset_former_key (deployment_id, key, asset_id)
    select ${deploymentId}, moved.key, moved.id from unnest(${ids}::uuid[], ${moved.map(({ from }) => from)}::text[]) as moved (id, key)
    on conflict (deployment_id, key) do update set asset_id = excluded.asset_id`.execute(trx);
}
