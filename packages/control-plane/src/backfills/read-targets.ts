import type { BackfillTarget } from "@millrace/model/backfills/backfill-target";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { defaultMapping } from "@millrace/model/partitions/mappings/default-mapping";
import type { PartitionMapping } from "@millrace/model/partitions/mappings/mapping";
import type { Asset, Job } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import { readPartitions } from "../assets/partition-sets/read-partitions.ts";
import { backfillPolicyOf } from "../runs/launch/launch-partition.ts";

/** What a backfill makes, as the definitions say it now, with the text of its partitions. */
export interface DefinedTarget extends BackfillTarget {
  readonly partitionsJson: string | null;
}

/** The definitions that assets and jobs are found in. */
export interface TargetDefinitions {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly locationName: string;
}

/** An asset as a backfill makes it. Its dependencies are as its own location knows them. */
export function readAssetTarget(asset: Asset, { assets, locationName }: TargetDefinitions): DefinedTarget {
  const partitions = definitionOf(asset);
  return {
    key: asset.key,
    locationName,
    partitions,
    partitionsJson: asset.partitions?.json ?? null,
    policy: backfillPolicyOf(asset),
    deps: asset.dependencies.map(({ key, partitionMapping, partitions: known }) => {
      const upstream = definitionOf(assets.get(key) ?? { partitions: known });
      const mapping = partitionMapping
        ? (JSON.parse(partitionMapping) as PartitionMapping)
        : defaultMapping({ upstream, downstream: partitions });
      return { key, mapping };
    }),
  };
}

/** A job of ops as a backfill makes it: a run for each partition. */
export function readJobTarget(job: Job, locationName: string): DefinedTarget {
  return {
    key: job.name,
    locationName,
    partitions: definitionOf(job),
    partitionsJson: job.partitions?.json ?? null,
    policy: null,
    deps: [],
  };
}

function definitionOf({ partitions }: Partial<Pick<Asset, "partitions">>): PartitionsDefinition | null {
  return partitions === undefined ? null : readPartitions(partitions).definition;
}
