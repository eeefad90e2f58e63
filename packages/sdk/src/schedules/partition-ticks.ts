import {
  isTimePartitions,
  type PartitionsDefinition,
  type TimePartitions,
} from "@millrace/model/partitions/definition";
import { listDimensions } from "@millrace/model/partitions/multi-key";
import { listKeysWithDimensionValue, partitionKeysBackward } from "@millrace/model/partitions/partition-keys";
import { cronOfPartitions } from "@millrace/model/partitions/window-grid";
import { DEFINITION } from "../definition/definition.ts";
import type { Job } from "../jobs/job.ts";
import { runRequest, skip, type TickOutcome } from "../ticks/tick-outcome.ts";

/** When the partitions of a job come to be, and which ones to launch then. */
export interface PartitionTicks {
  readonly cron: string;
  readonly timezone: string;
  readonly evaluate: (context: { readonly scheduledAt: Date }) => TickOutcome;
}

/**
 * The schedule that follows from the partitions of a job: a tick whenever a window of time ends, which launches the
 * partitions that exist since then, each once. Null when the job's definition alone does not tell its partitions, when
 * they have not exactly one dimension of time, or when one of their dimensions is dynamic.
 */
export function findPartitionTicks(job: Job): PartitionTicks | null {
  const partitions = findPartitions(job);
  const timed = partitions === null ? null : findTimeDimension(partitions);
  if (partitions === null || timed === null) return null;
  return {
    cron: cronOfPartitions(timed.partitions),
    timezone: timed.partitions.timezone ?? "UTC",
    evaluate: ({ scheduledAt }) => {
      const now = scheduledAt.getTime();
      const [last] = partitionKeysBackward(timed.partitions, now);
      if (last === undefined) return skip("No partition exists yet");
      const keys =
        partitions.type === "multi"
          ? listKeysWithDimensionValue(partitions, timed.dimension, last, now)
          : [last];
      return keys.map((partitionKey) => runRequest({ partitionKey, runKey: partitionKey }));
    },
  };
}

/** Assets of one job are partitioned alike, so one of them tells. */
function findPartitions({ partitions, target }: Job): PartitionsDefinition | null {
  if (partitions !== null || target.kind === "ops" || typeof target.selection === "string") return partitions;
  for (const item of target.selection) {
    if (typeof item !== "string" && item[DEFINITION] === "asset" && item.partitions) return item.partitions;
  }
  return null;
}

function findTimeDimension(
  partitions: PartitionsDefinition,
): { readonly dimension: string; readonly partitions: TimePartitions } | null {
  if (partitions.type !== "multi") return isTimePartitions(partitions) ? { dimension: "", partitions } : null;
  const dimensions = listDimensions(partitions);
  const [only, ...others] = dimensions.flatMap(([dimension, single]) =>
    isTimePartitions(single) ? [{ dimension, partitions: single }] : [],
  );
  const isKnown = dimensions.every(([, single]) => single.type !== "dynamic");
  return only && others.length === 0 && isKnown ? only : null;
}
