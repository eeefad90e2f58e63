import type { Db } from "../../database/connect.ts";
import { listFormerKeys } from "../former-keys/former-key-store.ts";
import { getAssetCatalog } from "./asset-catalog.ts";

/** Keys of today by those that assets had before, whether or not anything is kept of them. */
export async function findRenamedAssets(db: Db, deploymentId: string): Promise<ReadonlyMap<string, string>> {
  const { renamed } = await getAssetCatalog(db, deploymentId);
  const former = await listFormerKeys(db, deploymentId);
  return new Map([...renamed, ...former.map((each) => [each.former, each.key] as const)]);
}
