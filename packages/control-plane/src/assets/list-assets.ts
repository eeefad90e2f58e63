import { sql } from "kysely";
import type { Staleness } from "@millrace/model/data-versions/staleness";
import type { Db } from "../database/connect.ts";
import { getAssetCatalog, type AssetCatalog, type CatalogAsset } from "./catalog/asset-catalog.ts";
import { findAssetRecords, listKnownAssetKeys } from "./asset-record-store.ts";
import { keyOfToday } from "./state/lock-assets.ts";
import { assetStateOf, type AssetState } from "./asset-status.ts";
import { countStalePartitions } from "./stale-sets/count-stale-partitions.ts";
import { listWholeStaleness } from "./staleness/whole-staleness.ts";
import { summarizeChecks, type CheckSummary } from "./check-store.ts";

/** An asset that is defined, or has history, or both. */
export interface ListedAsset {
  readonly key: string;
  /** Null: no location defines it any more. */
  readonly defined: CatalogAsset | null;
}

/** Which assets to list. */
export interface AssetFilter {
  /** Part of the key, the group, a kind or an owner, in any case. */
  readonly search: string | null;
  readonly group: string | null;
  /** Whether those are among them that were put out of sight. */
  readonly archived: boolean;
}

/** One page of assets by key, behind the key `after`. */
export async function listAssets(
  db: Db,
  deploymentId: string,
  filter: AssetFilter,
  after: string | null,
  limit: number,
): Promise<{ readonly nodes: ListedAsset[]; readonly hasMore: boolean }> {
  const [catalog, known] = await Promise.all([
    getAssetCatalog(db, deploymentId),
    listKnownAssetKeys(db, deploymentId, filter.archived),
  ]);
  const found = mergeAssets(catalog, known).filter(
    (asset) => (after === null || asset.key > after) && matches(asset, filter),
  );
  return { nodes: found.slice(0, limit), hasMore: found.length > limit };
}

/** The asset of a key, which may be one that it had before. Null when it is neither defined nor has any history. */
export async function findAsset(db: Db, deploymentId: string, key: string): Promise<ListedAsset | null> {
  const catalog = await getAssetCatalog(db, deploymentId);
  const defined = catalog.assets.get(key);
  if (defined !== undefined) return { key, defined };
  const { rows } = await sql<{ key: string }>`
    select key from asset where deployment_id = ${deploymentId} and key = ${keyOfToday(deploymentId, sql.val(key))}`.execute(
    db,
  );
  const today = rows[0]?.key;
  return today === undefined ? null : { key: today, defined: catalog.assets.get(today) ?? null };
}

/** What the lineage graph needs of an asset. */
export interface AssetNode {
  readonly key: string;
  readonly locationName: string;
  readonly group: string;
  readonly kinds: readonly string[];
  readonly executable: boolean;
  readonly partitioned: boolean;
  readonly dependencies: readonly string[];
  readonly state: AssetState;
  readonly lastMaterializedAt: Date | null;
  readonly checks: CheckSummary;
  /** Null as well when nobody asked for it. */
  readonly staleness: Staleness | null;
  /** As `countStalePartitions`; undefined for what it leaves out, and when nobody asked for it. */
  readonly stalePartitions: number | null | undefined;
  readonly virtual: boolean;
}

/**
 * Every defined asset with its edges: as many queries, however many there are.
 *
 * @param now milliseconds since the epoch: decides which partitions exist.
 * @param withStaleness whether to work out what is out of date, which takes longer than everything else.
 */
export async function listAssetNodes(
  db: Db,
  deploymentId: string,
  now: number,
  withStaleness: boolean,
): Promise<AssetNode[]> {
  const catalog = await getAssetCatalog(db, deploymentId);
  const { assets } = catalog;
  const checks = [...assets.values()].flatMap((asset) =>
    asset.checks.map(({ assetKey, name }) => ({ assetKey, name })),
  );
  const [staleness, stalePartitions, records, summaries] = await Promise.all([
    withStaleness ? listWholeStaleness(db, deploymentId, catalog, now) : new Map<string, Staleness>(),
    withStaleness
      ? countStalePartitions(db, deploymentId, catalog, null, now)
      : new Map<string, number | null>(),
    findAssetRecords(db, deploymentId, null),
    summarizeChecks(db, deploymentId, checks),
  ]);
  return [...assets.entries()].map(([key, { definition, location }]) => ({
    key,
    locationName: location.locationName,
    group: definition.group,
    kinds: definition.kinds,
    executable: definition.executable,
    partitioned: definition.partitions !== undefined,
    dependencies: definition.dependencies.map((dependency) => dependency.key),
    state: assetStateOf(records.get(key)),
    lastMaterializedAt: records.get(key)?.lastMaterializedAt ?? null,
    checks: summaries.get(key) ?? { passed: 0, warned: 0, failed: 0, unknown: 0 },
    staleness: staleness.get(key) ?? null,
    stalePartitions: stalePartitions.get(key),
    virtual: definition.virtual,
  }));
}

function mergeAssets(catalog: AssetCatalog, known: readonly string[]): ListedAsset[] {
  const defined = [...catalog.assets].map(([key, asset]): ListedAsset => ({ key, defined: asset }));
  const others = known
    .filter((key) => !catalog.assets.has(key))
    .map((key): ListedAsset => ({ key, defined: null }));
  if (others.length === 0) return defined;
  return [...defined, ...others].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function matches({ key, defined }: ListedAsset, { search, group }: AssetFilter): boolean {
  if (group !== null && defined?.definition.group !== group) return false;
  if (search === null || search === "") return true;
  const wanted = search.toLowerCase();
  const { definition } = defined ?? {};
  const texts = [key, ...(definition ? [definition.group, ...definition.kinds, ...definition.owners] : [])];
  return texts.some((text) => text.toLowerCase().includes(wanted));
}
