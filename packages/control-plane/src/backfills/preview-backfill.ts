import { planBackfill } from "@millrace/model/backfills/plan-backfill";
import { countSubset } from "@millrace/model/partitions/subset-keys";
import type { Db } from "../database/connect.ts";
import { MAX_PARTITIONS_PER_RUN } from "../runs/launch/launch-partition.ts";
import { chooseTargets, toStored, type BackfillInput } from "./launch-backfill.ts";

/** Runs that are counted. */
const MAX_RUNS = 1_000;

/** How many partitions of a target would be made. */
export interface PreviewedTarget {
  readonly key: string;
  readonly partitionCount: number;
}

/** What a backfill would make. */
export interface BackfillPreview {
  readonly targets: readonly PreviewedTarget[];
  /** Runs that could begin at once. */
  readonly firstRuns: number;
}

/** Says what a backfill would make. @throws UnknownDefinition, BadRequest */
export async function previewBackfill(
  db: Db,
  deploymentId: string,
  input: BackfillInput,
): Promise<BackfillPreview> {
  const { chosen, view } = await chooseTargets(db, deploymentId, input);
  const progresses = new Map(chosen.map(({ target, targeted }) => [target.key, toStored(target, targeted)]));
  const targets = chosen.map(({ target }) => target);
  const limits = { maxRuns: MAX_RUNS, maxPartitionsPerRun: MAX_PARTITIONS_PER_RUN };
  return {
    targets: chosen.map(({ target, targeted }) => ({
      key: target.key,
      partitionCount: countSubset(target.partitions, targeted),
    })),
    firstRuns: planBackfill(targets, progresses, view, limits).runs.length,
  };
}
