import { sql } from "kysely";
import { MappingDoesNotFit } from "@millrace/model/partitions/mappings/mapping";
import { BackfillCircle } from "@millrace/model/backfills/backfill-units";
import { listGone, planBackfill, type BackfillRun } from "@millrace/model/backfills/plan-backfill";
import { emptySubset, type PartitionsView } from "@millrace/model/partitions/subset-keys";
import { isEmptySubset, unionSubsets } from "@millrace/model/partitions/subset";
import type { DaemonContext } from "../daemons/daemon.ts";
import type { Trx } from "../database/connect.ts";
import { inTransaction } from "../database/in-transaction.ts";
import { readNow } from "../database/read-now.ts";
import { listServingSnapshots } from "../locations/serving-snapshot.ts";
import { listDynamicNames } from "../partitions/dynamic-names.ts";
import { findDynamicKeys } from "../partitions/dynamic-partition-store.ts";
import { MAX_PARTITIONS_PER_RUN } from "../runs/launch/launch-partition.ts";
import { launchRuns, type LaunchRequest } from "../runs/launch/launch-runs.ts";
import { BACKFILL_TAG } from "../runs/run-tags.ts";
import {
  listTargets,
  lockBackfill,
  noteSeen,
  saveTargets,
  updateBackfill,
  type Backfill,
  type StoredTarget,
} from "./backfill-store.ts";
import { foldRun } from "./fold-runs.ts";
import { DefinitionChanged, findCurrentTargets } from "./current-targets.ts";
import type { DefinedTarget } from "./read-targets.ts";
import { listOpenRuns } from "./open-runs.ts";
import { readRunOutcomes } from "./run-outcomes.ts";

/** Runs that are stored by one transaction: the first ones begin while the others are made. */
const RUNS_AT_ONCE = 200;
/** Runs of one backfill that may wait or run: more would only fill the queue, and be there to be canceled. */
const MAX_UNFINISHED_RUNS = 1_000;

/**
 * Carries a backfill on: counts in what became of its runs, launches those that can begin now, and ends it when nothing is left to
 * do, or fails it when its definitions are gone and none of its runs is under way. One transaction, safe to repeat: what a backfill was
 * to launch, it launches once.
 *
 * @returns whether there is more to do at once.
 */
export async function advanceBackfill(
  context: DaemonContext,
  deploymentId: string,
  backfill: Backfill,
): Promise<boolean> {
  const outcomes = await readRunOutcomes(context.db, deploymentId, backfill.id, backfill.feedSeq);
  return inTransaction(context.db, async (trx) => {
    await context.holdPlace(trx);
    const locked = await lockBackfill(trx, deploymentId, backfill.id);
    // Somebody else was here: what they saw and did counts.
    if (locked === null || locked.endedAt !== null || locked.feedSeq !== backfill.feedSeq)
      return locked?.endedAt === null;
    const stored = await listTargets(trx, backfill.id);
    const folded = stored.map((target) => outcomes.changes.reduce(foldRun, target));
    await noteSeen(trx, locked, outcomes.upTo);
    const isChanged = outcomes.changes.length > 0;
    if (locked.status === "CANCELING" || outcomes.hasMore) {
      if (isChanged) await saveTargets(trx, locked, folded);
      return outcomes.hasMore;
    }
    try {
      return await launchNext(trx, context, locked, folded, isChanged);
    } catch (error) {
      const isExpected =
        error instanceof DefinitionChanged ||
        error instanceof MappingDoesNotFit ||
        error instanceof BackfillCircle;
      if (!isExpected) throw error;
      await saveTargets(trx, locked, folded);
      // What its runs make counts, and what is gone may come back meanwhile.
      const isOpen = (await listOpenRuns(trx, locked)).length > 0;
      if (isOpen && locked.message === error.message) return false;
      await updateBackfill(trx, locked, {
        message: error.message,
        ...(isOpen ? {} : { status: "FAILED" as const }),
      });
      return false;
    }
  });
}

async function launchNext(
  trx: Trx,
  context: DaemonContext,
  backfill: Backfill,
  stored: readonly StoredTarget[],
  isChanged: boolean,
): Promise<boolean> {
  const locations = await listServingSnapshots(trx, backfill.deploymentId);
  const targets = findCurrentTargets(locations, backfill, stored);
  const view: PartitionsView = {
    now: await readNow(trx),
    dynamicKeys: await findDynamicKeys(trx, backfill.deploymentId, listDynamicNames(locations)),
  };
  const gone = listGone(targets, byKey(stored), view);
  const present = stored.map((target) => {
    const lost = gone.get(target.key);
    if (lost === undefined) return target;
    return withFailed({ ...target, requested: unionSubsets(target.requested, lost) }, lost);
  });
  const unfinished = await countUnfinishedRuns(trx, backfill.id);
  const maxRuns = backfill.paused ? 0 : Math.min(RUNS_AT_ONCE, Math.max(0, MAX_UNFINISHED_RUNS - unfinished));
  const plan = planBackfill(targets, byKey(present), view, {
    maxRuns,
    maxPartitionsPerRun: MAX_PARTITIONS_PER_RUN,
  });
  const refusals: string[] =
    gone.size === 0 ? [] : [`Partitions of ${[...gone.keys()].join(", ")} are not there any more`];
  const launched = await launchPlanned(trx, context, backfill, plan.runs, targets, present, refusals);
  const skipped = launched.map((target) => ({
    ...target,
    skipped: plan.skipped.get(target.key) ?? emptySubset(target.partitions),
  }));
  const [refusal] = refusals;
  const isOpen = plan.state === "done" && (await listOpenRuns(trx, backfill)).length > 0;
  const status = endOf(isOpen ? "going" : plan.state, skipped, backfill.paused);
  if (!isChanged && plan.runs.length === 0 && refusal === undefined && status === null) return false;
  await saveTargets(trx, backfill, skipped);
  await updateBackfill(trx, backfill, {
    runCount: backfill.runCount + plan.runs.length,
    ...(refusal === undefined ? {} : { message: refusal }),
    ...(status === null ? {} : { status }),
    ...(status === "FAILED"
      ? { message: "Nothing can be made any more: what is left waits for each other" }
      : {}),
  });
  return status === null && plan.runs.length > 0;
}

/** Launches the runs, and notes them; those that are refused have failed. */
async function launchPlanned(
  trx: Trx,
  context: DaemonContext,
  backfill: Backfill,
  runs: readonly BackfillRun[],
  targets: readonly DefinedTarget[],
  stored: readonly StoredTarget[],
  refusals: string[],
): Promise<StoredTarget[]> {
  if (runs.length === 0) return [...stored];
  const isJobOfOps = targets.some(({ key }) => key === backfill.jobName);
  const requests = runs.map((run) => toRequest(backfill, run, isJobOfOps));
  const outcomes = await launchRuns(trx, backfill.deploymentId, requests, context);
  const progress = byKey(stored);
  for (const [i, { unit, partitions }] of runs.entries()) {
    const outcome = outcomes[i];
    if (outcome?.kind === "refused") refusals.unshift(outcome.error.message);
    for (const { key } of unit.targets) {
      const target = progress.get(key);
      if (target === undefined) continue;
      const requested = unionSubsets(target.requested, partitions);
      progress.set(
        key,
        withFailed({ ...target, requested }, outcome?.kind === "refused" ? partitions : undefined),
      );
    }
  }
  return stored.map((target) => progress.get(target.key) ?? target);
}

function toRequest(backfill: Backfill, { unit, range }: BackfillRun, isJobOfOps: boolean): LaunchRequest {
  const keys = unit.targets.map(({ key }) => key);
  const isOne = range?.start === range?.end;
  return {
    target: {
      locationName: unit.targets[0]?.locationName ?? null,
      jobName: backfill.jobName,
      assetSelection: isJobOfOps ? null : keys,
      checkSelection: null,
      stepSelection: null,
      partitionKey: range !== null && isOne ? range.start : null,
      partitionRange: range !== null && !isOne ? range : null,
      runConfig: backfill.runConfig,
      tags: { ...backfill.tags, [BACKFILL_TAG]: backfill.id },
    },
    origin: { kind: "backfill", name: backfill.id },
    key: JSON.stringify(["backfill", backfill.id, keys, range?.start ?? null, range?.end ?? null]),
    lineage: null,
  };
}

/** The status with which a backfill ends now; null: it goes on. */
function endOf(
  state: "going" | "done" | "stuck",
  targets: readonly StoredTarget[],
  isPaused: boolean,
): "COMPLETED_SUCCESS" | "COMPLETED_FAILED" | "FAILED" | null {
  if (state === "going" || (state === "stuck" && isPaused)) return null;
  if (state === "stuck") return "FAILED";
  const isWhole = targets.every(({ failed, skipped }) => isEmptySubset(failed) && isEmptySubset(skipped));
  return isWhole ? "COMPLETED_SUCCESS" : "COMPLETED_FAILED";
}

async function countUnfinishedRuns(trx: Trx, backfillId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from run where origin_kind = 'backfill' and origin_name = ${backfillId}
      and status in ('QUEUED', 'STARTING', 'STARTED', 'CANCELING')`.execute(trx);
  return rows[0]?.count ?? 0;
}

function withFailed(target: StoredTarget, failed: StoredTarget["failed"] | undefined): StoredTarget {
  return failed === undefined ? target : { ...target, failed: unionSubsets(target.failed, failed) };
}

function byKey(targets: readonly StoredTarget[]): Map<string, StoredTarget> {
  return new Map(targets.map((target) => [target.key, target]));
}
