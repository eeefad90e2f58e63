import { suggestNear } from "@millrace/model/near-names";
import { startProgress } from "@millrace/model/backfills/backfill-target";
import { inUpstreamOrder } from "@millrace/model/backfills/backfill-units";
import type { RunConfig } from "@millrace/model/config/run-config";
import { countSubset, emptySubset, type PartitionsView } from "@millrace/model/partitions/subset-keys";
import { isEmptySubset, type PartitionsSubset } from "@millrace/model/partitions/subset";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import { BadRequest } from "../api/bad-request.ts";
import { replaceUnstorable } from "../api/replace-unstorable.ts";
import { UnknownDefinition } from "../api/unknown-definition.ts";
import { getAssetCatalog } from "../assets/catalog/asset-catalog.ts";
import type { Db } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { readNow } from "../database/read-now.ts";
import { findNewestRunChange } from "../events/change-feed.ts";
import { listNamedSnapshots, type ServingSnapshot } from "../locations/serving-snapshot.ts";
import { listDynamicNames } from "../partitions/dynamic-names.ts";
import { findDynamicKeys } from "../partitions/dynamic-partition-store.ts";
import { findLaunched } from "../runs/launch/find-launched.ts";
import type { LaunchContext } from "../runs/launch/launch-runs.ts";
import { createRunId } from "../runs/run-id.ts";
import { findBackfill, insertBackfill, type Backfill, type StoredTarget } from "./backfill-store.ts";
import { choosePartitions, type WantedPartitions } from "./choose-partitions.ts";
import { keepStates, type KeptState } from "./keep-states.ts";
import { readAssetTarget, readJobTarget, type DefinedTarget } from "./read-targets.ts";

/** Partitions that one backfill may make, those of all its assets together. */
const MAX_PARTITIONS = 5_000_000;

/** What a backfill is asked to make. */
export interface BackfillInput extends WantedPartitions {
  readonly title: string | null;
  /** Null: wherever the job or each asset is. */
  readonly locationName: string | null;
  /** Null: the assets without a job. */
  readonly jobName: string | null;
  /** Null: all that the job makes. */
  readonly assetSelection: readonly string[] | null;
  /** Only partitions that stand so; null: all. */
  readonly states: readonly KeptState[] | null;
  readonly runConfig: RunConfig | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a backfill would make. */
export interface ChosenTarget {
  readonly target: DefinedTarget;
  readonly targeted: PartitionsSubset;
}

/**
 * Begins a backfill: from here on a daemon launches its runs. Two with one key are the same backfill.
 *
 * @throws UnknownDefinition, BadRequest
 */
export async function launchBackfill(
  db: Db,
  deploymentId: string,
  input: BackfillInput,
  { origin, key }: { readonly origin: RunOrigin; readonly key: string | null },
  context: LaunchContext,
): Promise<Backfill> {
  const id = createRunId(context.ids, deploymentId, key === null ? null : `backfill:${key}`);
  const known = key === null ? null : await findBackfill(db, deploymentId, id);
  if (known !== null) return known;
  const { chosen } = await chooseTargets(db, deploymentId, input);
  if (chosen.length === 0) throw new BadRequest("There is nothing to make: no partition stands as asked for");
  const count = chosen.reduce(
    (sum, { target, targeted }) => sum + countSubset(target.partitions, targeted),
    0,
  );
  if (count > MAX_PARTITIONS)
    throw new BadRequest(
      `That would be ${count} partitions, more than ${MAX_PARTITIONS}: make fewer at once`,
    );
  // Of runs that are to come, so nothing of theirs is before it.
  const { upTo } = await findNewestRunChange(db, deploymentId);
  const { title, jobName, runConfig, tags } = replaceUnstorable(input);
  await inTransaction(db, (trx) =>
    insertBackfill(
      trx,
      { id, deploymentId, title, jobName, runConfig, tags, origin, parentId: null, feedSeq: upTo },
      chosen.map(({ target, targeted }) => toStored(target, targeted)),
    ),
  );
  return getBackfill(db, deploymentId, id);
}

/** A backfill that must be there. @throws UnknownDefinition */
export async function getBackfill(db: Db, deploymentId: string, id: string): Promise<Backfill> {
  const backfill = await findBackfill(db, deploymentId, id);
  if (backfill === null) throw new UnknownDefinition(`There is no backfill ${id}`);
  return backfill;
}

/** A target of which nothing was launched yet. */
export function toStored(
  { key, locationName, partitions, partitionsJson }: DefinedTarget,
  targeted: PartitionsSubset,
): StoredTarget {
  const progress = startProgress(partitions, targeted);
  return { key, locationName, partitions, partitionsJson, ...progress, skipped: emptySubset(partitions) };
}

/**
 * What a backfill would make: targets with partitions to make, in upstream order; and the partitions that there are for that.
 *
 * @throws UnknownDefinition, BadRequest
 */
export async function chooseTargets(
  db: Db,
  deploymentId: string,
  input: BackfillInput,
): Promise<{ readonly chosen: readonly ChosenTarget[]; readonly view: PartitionsView }> {
  const locations = await listNamedSnapshots(db, deploymentId, input.locationName);
  const targets = inUpstreamOrder(await findTargets(db, deploymentId, locations, input));
  if (targets.every(({ partitions }) => partitions === null))
    throw new BadRequest("Nothing that is named here is partitioned: launch a run");
  const stranger = [...input.ofAssets.keys()].find((key) => targets.every((target) => target.key !== key));
  if (stranger !== undefined)
    throw new BadRequest(`\`assetPartitions\` names "${stranger}", which the backfill does not make`);
  const view: PartitionsView = {
    now: await readNow(db),
    dynamicKeys: await findDynamicKeys(db, deploymentId, listDynamicNames(locations)),
  };
  const wanted = choosePartitions(targets, input, view);
  const kept =
    input.states === null ? wanted : await keepStates(db, deploymentId, targets, wanted, input.states);
  const chosen = targets.flatMap((target) => {
    const targeted = kept.get(target.key) ?? emptySubset(target.partitions);
    return isEmptySubset(targeted) ? [] : [{ target, targeted }];
  });
  return { chosen, view };
}

async function findTargets(
  db: Db,
  deploymentId: string,
  locations: readonly ServingSnapshot[],
  input: BackfillInput,
): Promise<DefinedTarget[]> {
  const { jobName, assetSelection } = input;
  if (jobName !== null) {
    const { location, job, assets } = findLaunched(locations, { ...input, checkSelection: null });
    if (job.assetKeys.length === 0) return [readJobTarget(job, location.locationName)];
    return assets.map((asset) => readAssetTarget(asset, location));
  }
  if (!assetSelection?.length)
    throw new BadRequest("`input` names nothing to make: give `jobName` or `assetSelection`");
  if (input.locationName !== null) {
    const { location, assets } = findLaunched(locations, { ...input, checkSelection: null });
    return assets.map((asset) => readAssetTarget(asset, location));
  }
  // Without a location the assets may be of several.
  const catalog = await getAssetCatalog(db, deploymentId);
  return [...new Set(assetSelection)].map((key) => {
    const found = catalog.assets.get(key);
    if (found === undefined)
      throw new UnknownDefinition(
        `There is no asset "${key}" in any code location${suggestNear(key, catalog.assets.keys())}`,
      );
    if (!found.definition.executable)
      throw new UnknownDefinition(`Asset "${key}" is external: nothing here can materialize it`);
    return readAssetTarget(found.definition, found.location);
  });
}
