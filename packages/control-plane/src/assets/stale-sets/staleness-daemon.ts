import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import { topics } from "@millrace/model/topic";
import type { DaemonContext, DeploymentDaemon } from "../../daemons/daemon.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { findDynamicNumbers } from "../../partitions/dynamic-number-store.ts";
import { notifyChange } from "../../wake/notify-change.ts";
import { getAssetCatalog } from "../catalog/asset-catalog.ts";
import { beginSeeing, findSeenEvents, readStaleNews, storeSeenEvents } from "./stale-news-store.ts";
import { listTrackedAssets, type TrackedAsset } from "./stale-plan.ts";
import { digestInputs, findKnownAssets, noteEvaluated, type KnownAsset } from "./stale-set-store.ts";
import { findTouchedPartitions, hasNewWindows, type StaleNews } from "./touched-partitions.ts";
import { beginSet, carryOn, updateSet, type StaleRound } from "./update-stale-set.ts";

const INTERVAL_MS = 60_000;
/** How long the first transactions are awaited before they are looked at again. */
const SETTLING_MS = 1_000;
/** How long a tick makes sets before it looks again at what is new. */
const BUILDING_MS = 2_000;

/**
 * Keeps which partitions of assets are stale. A round looks at the partitions that events, time and what inputs are as a whole may have
 * changed, and then counts these events as seen: a round that fails is done again.
 */
export const stalenessDaemon: DeploymentDaemon = {
  name: "staleness",
  of: "deployment",
  wokenBy: (deploymentId) => [topics.assets(deploymentId), topics.locations(deploymentId)],
  intervalMs: INTERVAL_MS,
  runsOn: "one",
  isIdle: async ({ db }, deploymentId) =>
    listTrackedAssets(await getAssetCatalog(db, deploymentId)).size === 0,
  async tick(context, deploymentId) {
    const { db, clock, holdPlace } = context;
    const stored = await findSeenEvents(db, deploymentId);
    const { changed, seen } = await readStaleNews(db, deploymentId, stored ?? (await beginSeeing(db)));
    const isNew = stored === null || seen.mark !== stored.mark || seen.settlesAt !== stored.settlesAt;
    const store = (evaluated: readonly string[], now: number): Promise<void> =>
      inTransaction(db, async (trx) => {
        await holdPlace(trx);
        if (evaluated.length > 0) await noteEvaluated(trx, evaluated, now);
        await storeSeenEvents(trx, deploymentId, seen);
      });
    const now = clock.now();
    if (seen.settlesAt !== null) {
      if (isNew) await store([], now);
      return SETTLING_MS;
    }
    const catalog = await getAssetCatalog(db, deploymentId);
    const known = await findKnownAssets(db, deploymentId);
    const round: StaleRound = { deploymentId, catalog, known, now };
    const { evaluated, open, hasChanged } = await lookAtNews(context, round, changed);
    if (isNew || evaluated.length > 0) await store(evaluated, now);
    const until = clock.monotonic() + BUILDING_MS;
    const isBuilt = await build(context, round, open, () => clock.monotonic() < until);
    if (hasChanged || open.length > 0) await notifyChange(db, topics.assets(deploymentId));
    return isBuilt ? undefined : 0;
  },
};

interface Looked {
  /** Ids of assets that time has passed for. */
  readonly evaluated: readonly string[];
  /** Assets whose sets are not complete. */
  readonly open: readonly TrackedAsset[];
  readonly hasChanged: boolean;
}

async function lookAtNews(
  context: DaemonContext,
  round: StaleRound,
  changed: StaleNews["changed"],
): Promise<Looked> {
  const { catalog, known, now } = round;
  const evaluated: string[] = [];
  const open: TrackedAsset[] = [];
  let hasChanged = false;
  for (const asset of listTrackedAssets(catalog).values()) {
    const { id, set = null } = known.get(asset.key) ?? {};
    if (id === undefined) continue;
    const isSame =
      set !== null && set.definitions.equals(asset.definitions) && isSameWhole(asset, known, set);
    const isLater =
      isSame && asset.around.some((definition) => hasNewWindows(definition, set.evaluatedAt, now));
    const isTouched = isLater || [asset.key, ...asset.inputs].some((key) => changed.has(key));
    const touched = isSame && isTouched ? await findTouched(context, round, asset, changed, set) : [];
    if (!isSame || touched === "all") {
      if (!(await beginSet(context, round, asset))) open.push(asset);
      hasChanged = true;
      continue;
    }
    if (touched.length > 0) hasChanged = (await updateSet(context, round, asset, touched)) || hasChanged;
    if (isLater) evaluated.push(id);
    if (set.builtTo !== null) open.push(asset);
  }
  return { evaluated, open, hasChanged };
}

async function findTouched(
  { db }: DaemonContext,
  { catalog, now, deploymentId }: StaleRound,
  asset: TrackedAsset,
  changed: StaleNews["changed"],
  { evaluatedAt }: NonNullable<KnownAsset["set"]>,
): Promise<readonly string[] | "all"> {
  const names = [...new Set(asset.around.flatMap(dynamicNamesOf))];
  const numbers = await findDynamicNumbers(db, deploymentId, names);
  const dynamicKeys = Object.fromEntries(Object.entries(numbers).map(([name, { keys }]) => [name, keys]));
  return findTouchedPartitions(catalog, asset, { changed, dynamicKeys, now }, evaluatedAt);
}

function isSameWhole(
  asset: TrackedAsset,
  known: ReadonlyMap<string, KnownAsset>,
  set: NonNullable<KnownAsset["set"]>,
): boolean {
  return set.inputs.equals(digestInputs(asset, new Set(set.wholeInputs), known));
}

/** Makes sets, a slice of each in turn. Whether all are complete. */
async function build(
  context: DaemonContext,
  round: StaleRound,
  assets: readonly TrackedAsset[],
  mayGoOn: () => boolean,
): Promise<boolean> {
  let open = assets;
  while (open.length > 0) {
    const next: TrackedAsset[] = [];
    for (const asset of open) {
      if (!mayGoOn()) return false;
      if (!(await carryOn(context, round, asset))) next.push(asset);
    }
    open = next;
  }
  return true;
}
