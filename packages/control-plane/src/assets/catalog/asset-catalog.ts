import type { Asset, AssetCheck } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { Db } from "../../database/connect.ts";
import { planRenames, toNamedAsset } from "../names/plan-renames.ts";
import { listServingSnapshots, type ServingSnapshot } from "../../locations/serving-snapshot.ts";

/** An asset as the locations define it now. */
export interface CatalogAsset {
  readonly definition: Asset;
  readonly location: ServingSnapshot;
  readonly checks: readonly AssetCheck[];
  /** Names of the jobs that materialize it, besides the implicit one. */
  readonly jobs: readonly string[];
  /** Keys of assets of any location that depend on it. */
  readonly dependents: readonly string[];
}

/** The assets of all locations of a deployment, in the order of their keys. Shared: never change it. */
export interface AssetCatalog {
  /** All of the deployment's, also those none of whose assets counts. */
  readonly locations: readonly ServingSnapshot[];
  readonly assets: ReadonlyMap<string, CatalogAsset>;
  /** Keys that assets had before and that no other asset has now, with the key of today. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** The catalog of what is served now. It is made once for each set of served versions. */
export async function getAssetCatalog(db: Db, deploymentId: string): Promise<AssetCatalog> {
  const locations = await listServingSnapshots(db, deploymentId);
  const known = catalogs.get(deploymentId);
  const version = JSON.stringify(
    locations.map(({ locationName, versionId, digest }) => [locationName, versionId, digest]),
  );
  if (known?.version === version) return known.catalog;
  const catalog = createAssetCatalog(locations);
  catalogs.set(deploymentId, { version, catalog });
  return catalog;
}

const catalogs = new Map<string, { readonly version: string; readonly catalog: AssetCatalog }>();

/**
 * Merges the assets of several locations. Where two define the same key, the one that can materialize it counts, else the one
 * that knows it to be virtual: the other only says that it depends on it.
 */
export function createAssetCatalog(locations: readonly ServingSnapshot[]): AssetCatalog {
  const chosen = new Map<string, { readonly definition: Asset; readonly location: ServingSnapshot }>();
  const dependents = new Map<string, Set<string>>();
  for (const location of locations) {
    for (const definition of location.snapshot.assets) {
      const other = chosen.get(definition.key);
      if (other === undefined || knowledgeOf(definition) > knowledgeOf(other.definition)) {
        chosen.set(definition.key, { definition, location });
      }
      for (const { key } of definition.dependencies) {
        const keys = dependents.get(key);
        if (keys) keys.add(definition.key);
        else dependents.set(key, new Set([definition.key]));
      }
    }
  }
  const jobs = new Map(locations.map((location) => [location, listJobsByAsset(location)]));
  const sorted = [...chosen].sort(([a], [b]) => (a < b ? -1 : 1));
  const assets = sorted.map(([key, { definition, location }]): [string, CatalogAsset] => [
    key,
    {
      definition,
      location,
      checks: location.checks.get(key) ?? [],
      jobs: jobs.get(location)?.get(key) ?? [],
      dependents: [...(dependents.get(key) ?? [])].sort(),
    },
  ]);
  return { locations, assets: new Map(assets), renamed: listRenamed(chosen) };
}

function listRenamed(
  chosen: ReadonlyMap<string, { readonly definition: Asset }>,
): ReadonlyMap<string, string> {
  const served = [...chosen.values()].map(({ definition }) => toNamedAsset(definition));
  return planRenames(served, []).renames;
}

function knowledgeOf({ executable, virtual }: Asset): number {
  return executable ? 2 : virtual ? 1 : 0;
}

function listJobsByAsset(location: ServingSnapshot): Map<string, string[]> {
  const jobs = new Map<string, string[]>();
  for (const job of location.snapshot.jobs) {
    if (job.implicit) continue;
    for (const key of job.assetKeys) {
      const names = jobs.get(key);
      if (names) names.push(job.name);
      else jobs.set(key, [job.name]);
    }
  }
  return jobs;
}
