import type { DaemonContext } from "../../daemons/daemon.ts";
import type { Trx } from "../../database/connect.ts";
import { inTransaction } from "../../database/in-transaction.ts";
import { findStalePartitions } from "../staleness/asset-staleness.ts";
import type { AssetCatalog } from "../catalog/asset-catalog.ts";
import { findPartitionSets } from "../partition-sets/find-partition-sets.ts";
import type { TrackedAsset } from "./stale-plan.ts";
import {
  beginStaleSet,
  digestInputs,
  holdStaleSet,
  listMadePartitions,
  noteStaleSet,
  writeStalePartitions,
  type KnownAsset,
} from "./stale-set-store.ts";

/** Partitions that are looked at in one transaction. */
const SLICE = 1_000;

/** What a round of the daemon goes by. */
export interface StaleRound {
  readonly deploymentId: string;
  readonly catalog: AssetCatalog;
  readonly known: ReadonlyMap<string, KnownAsset>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Begins the set of an asset anew. One with few partitions is made whole at once, so that nobody finds it unknown between.
 *
 * @returns whether it is complete.
 */
export async function beginSet(
  context: DaemonContext,
  round: StaleRound,
  asset: TrackedAsset,
): Promise<boolean> {
  const { db } = context;
  await findPartitionSets(db, round.deploymentId, [asset]);
  return inTransaction(db, async (trx) => {
    await context.holdPlace(trx);
    const assetId = idOf(round, asset);
    const inputs = digestInputs(asset, new Set(), round.known);
    if (!(await beginStaleSet(trx, round.deploymentId, assetId, asset, inputs, round.now))) return false;
    return addSlice(trx, round, asset, { wholeInputs: [], builtTo: "" });
  });
}

/** Goes on with the set of an asset. Whether it is complete, or given up. */
export async function carryOn(
  context: DaemonContext,
  round: StaleRound,
  asset: TrackedAsset,
): Promise<boolean> {
  return inTransaction(context.db, async (trx) => {
    await context.holdPlace(trx);
    const set = await holdStaleSet(trx, idOf(round, asset));
    if (set === null || set.builtTo === null) return true;
    return addSlice(trx, round, asset, { wholeInputs: set.wholeInputs, builtTo: set.builtTo });
  });
}

/** Looks at some partitions of an asset again. Whether anything is different. */
export async function updateSet(
  context: DaemonContext,
  round: StaleRound,
  asset: TrackedAsset,
  partitions: readonly string[],
): Promise<boolean> {
  return inTransaction(context.db, async (trx) => {
    await context.holdPlace(trx);
    const set = await holdStaleSet(trx, idOf(round, asset));
    if (set === null) return false;
    const { hasChanged, wholeInputs } = await look(trx, round, asset, partitions);
    if ([...wholeInputs].some((key) => !set.wholeInputs.includes(key)))
      await note(trx, round, asset, [...set.wholeInputs, ...wholeInputs], set.builtTo);
    return hasChanged;
  });
}

async function addSlice(
  trx: Trx,
  round: StaleRound,
  asset: TrackedAsset,
  set: { readonly wholeInputs: readonly string[]; readonly builtTo: string },
): Promise<boolean> {
  const partitions = await listMadePartitions(trx, idOf(round, asset), set.builtTo, SLICE);
  const { wholeInputs } = await look(trx, round, asset, partitions);
  const builtTo = partitions.length < SLICE ? null : (partitions.at(-1) ?? null);
  await note(trx, round, asset, [...set.wholeInputs, ...wholeInputs], builtTo);
  return builtTo === null;
}

async function look(
  trx: Trx,
  { deploymentId, catalog, now, ...round }: StaleRound,
  asset: TrackedAsset,
  partitions: readonly string[],
): Promise<{ readonly hasChanged: boolean; readonly wholeInputs: ReadonlySet<string> }> {
  const { stale, wholeInputs } = await findStalePartitions(
    trx,
    deploymentId,
    catalog,
    asset.key,
    partitions,
    now,
  );
  const assetId = idOf(round, asset);
  return { hasChanged: await writeStalePartitions(trx, deploymentId, assetId, asset, stale), wholeInputs };
}

async function note(
  trx: Trx,
  { known }: StaleRound,
  asset: TrackedAsset,
  wholeInputs: readonly string[],
  builtTo: string | null,
): Promise<void> {
  const whole = new Set(wholeInputs);
  const inputs = digestInputs(asset, whole, known);
  await noteStaleSet(trx, idOf({ known }, asset), { wholeInputs: [...whole], inputs, builtTo });
}

function idOf({ known }: Pick<StaleRound, "known">, { key }: TrackedAsset): string {
  const id = known.get(key)?.id;
  if (id === undefined) throw new Error(`Nothing has happened to the asset "${key}"`);
  return id;
}
