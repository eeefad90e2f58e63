import type { Db } from "../database/connect.ts";
import { findChangedVersions, loadFacts, loadRuns, type RunFacts } from "./facts-store.ts";
import type { EventNews } from "./news-store.ts";
import type { Loaded, Missing } from "./state-view.ts";

/**
 * Loads what a view was asked for and did not know.
 *
 * @param events those that are new, for what has changed with them.
 */
export async function loadMissing(
  db: Db,
  deploymentId: string,
  loaded: Loaded,
  events: readonly EventNews[],
  missing: Missing,
): Promise<void> {
  if (missing.facts.size > 0) {
    for (const [key, facts] of await loadFacts(db, deploymentId, [...missing.facts]))
      loaded.facts.set(key, facts);
  }
  await loadMissingRuns(db, deploymentId, missing.runs, loaded.runs);
  if (missing.versions.size > 0) {
    const places = new Map<string, { assetKey: string; partition: string | null; firstNew: number }>();
    for (const { id, assetKey, check, partition } of events) {
      const name = JSON.stringify([assetKey, partition]);
      if (check === null && missing.versions.has(assetKey) && !places.has(name))
        places.set(name, { assetKey, partition, firstNew: id });
    }
    const changed = await findChangedVersions(db, deploymentId, [...places.values()]);
    for (const key of missing.versions)
      loaded.versions.set(
        key,
        changed.filter(({ assetKey }) => assetKey === key).map(({ partition }) => partition),
      );
  }
}

/** Loads runs; those that are gone are known to be. */
export async function loadMissingRuns(
  db: Db,
  deploymentId: string,
  ids: ReadonlySet<string>,
  runs: Map<string, RunFacts | null>,
): Promise<void> {
  if (ids.size === 0) return;
  for (const id of ids) runs.set(id, null);
  for (const run of await loadRuns(db, deploymentId, [...ids])) runs.set(run.id, run);
}
