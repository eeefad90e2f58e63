import { isEmptySubset, subtractSubset } from "@millrace/model/partitions/subset";
import { startProgress } from "@millrace/model/backfills/backfill-target";
import type { RunOrigin } from "@millrace/model/runs/run-origin";
import { emptySubset } from "@millrace/model/partitions/subset-keys";
import { BadRequest } from "../api/bad-request.ts";
import type { Db } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { findNewestRunChange } from "../events/change-feed.ts";
import type { LaunchContext } from "../runs/launch/launch-runs.ts";
import { createRunId } from "../runs/run-id.ts";
import { insertBackfill, isEnded, listTargets, type Backfill } from "./backfill-store.ts";
import { BackfillNotInState } from "./control-backfill.ts";
import { getBackfill } from "./launch-backfill.ts";

/** What of a backfill is made again: all of it, or what it did not make. */
export const BACKFILL_STRATEGIES = ["ALL", "FROM_FAILURE"] as const;
export type BackfillStrategy = (typeof BACKFILL_STRATEGIES)[number];

/**
 * Makes a backfill that has ended again, or what it left: partitions that failed, were skipped, or were never launched. Two with
 * one key are the same backfill.
 *
 * @throws UnknownDefinition, BackfillNotInState
 * @throws BadRequest when nothing is left to make.
 */
export async function relaunchBackfill(
  db: Db,
  deploymentId: string,
  id: string,
  strategy: BackfillStrategy,
  { origin, key }: { readonly origin: RunOrigin; readonly key: string | null },
  context: Pick<LaunchContext, "ids">,
): Promise<Backfill> {
  const parent = await getBackfill(db, deploymentId, id);
  if (!isEnded(parent.status))
    throw new BackfillNotInState(
      `Backfill ${id} goes on: cancel it, or wait for its end, before it is made again`,
    );
  const left = (await listTargets(db, id)).flatMap((target) => {
    const targeted =
      strategy === "ALL" ? target.targeted : subtractSubset(target.targeted, target.materialized);
    if (isEmptySubset(targeted)) return [];
    const progress = startProgress(target.partitions, targeted);
    return [{ ...target, ...progress, skipped: emptySubset(target.partitions) }];
  });
  if (left.length === 0) throw new BadRequest(`Backfill ${id} has made everything: nothing is left to make`);
  const { upTo } = await findNewestRunChange(db, deploymentId);
  const newId = createRunId(context.ids, deploymentId, key === null ? null : `backfill:${key}`);
  const again = { ...parent, id: newId, origin, parentId: id, feedSeq: upTo };
  await inTransaction(db, (trx) => insertBackfill(trx, again, left));
  return getBackfill(db, deploymentId, newId);
}
