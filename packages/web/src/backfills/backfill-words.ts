import { describeTarget } from "@millrace/model/runs/describe-target";
import { ASSET_JOB } from "@millrace/model/runs/run-spec";
import type { BackfillRowFragment } from "./backfills.gen.ts";

/** How many partitions stand how, of one target or of several together. */
export interface BackfillCounts {
  readonly targeted: number;
  readonly waiting: number;
  readonly running: number;
  readonly materialized: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Names what a backfill makes: its title, its job, or its assets. */
export function nameBackfill({
  title,
  jobName,
  targets,
}: Pick<BackfillRowFragment, "title" | "jobName" | "targets">): string {
  if (title) return title;
  return describeTarget({ jobName: jobName ?? ASSET_JOB, assetKeys: targets.map(({ key }) => key) });
}

/** The counts of all targets together. */
export function sumCounts(targets: readonly BackfillCounts[]): BackfillCounts {
  const sum = (field: keyof BackfillCounts): number =>
    targets.reduce((total, target) => total + target[field], 0);
  return {
    targeted: sum("targeted"),
    waiting: sum("waiting"),
    running: sum("running"),
    materialized: sum("materialized"),
    failed: sum("failed"),
    skipped: sum("skipped"),
  };
}
