import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { Job } from "./job.ts";
import { selectTargets, type Selectable } from "./select-targets.ts";

/** How the runs of a job are partitioned: as it says itself, or as all of its partitioned assets are. */
export function findJobPartitions(from: Selectable, job: Job): PartitionsDefinition | null {
  if (job.partitions !== null) return job.partitions;
  const found = new Map<string, PartitionsDefinition>();
  for (const { partitions } of selectTargets(from, job).assets.values())
    if (partitions) found.set(JSON.stringify(partitions), partitions);
  const [only] = found.values();
  return found.size === 1 && only !== undefined ? only : null;
}
