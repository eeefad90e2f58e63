import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { mergeRunConfig } from "@millrace/model/config/merge-run-config";
import { LaunchBackfillDocument, type LaunchBackfillInput } from "../connection/documents.gen.ts";
import { requireDone } from "../connection/require-done.ts";
import { toTags } from "../connection/to-tags.ts";
import type { UserApi } from "../connection/user-api.ts";
import { toRunConfig, type LaunchSettings } from "../runs/launch.ts";
import { Backfill } from "./backfill.ts";

/** How to launch a backfill. `runConfig` and `tags` are those of each of its runs; two with one `idempotencyKey` are one backfill. */
export interface BackfillSettings extends LaunchSettings {
  /** What it is for, in a few words. */
  readonly title?: string;
  /**
   * From the first to the last, both included, of what is partitioned first in upstream order, and of all that is partitioned like it.
   * Default: all partitions that there are.
   */
  readonly partitionRanges?: readonly PartitionKeyRange[];
  /** Only partitions that stand so. Default: all. */
  readonly only?: readonly ("MISSING" | "FAILED")[];
}

/** How to launch one, to whoever does not care what the types know of assets. */
export interface LooseBackfill extends BackfillSettings {
  /** By the keys of assets. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Launches a backfill of a job, or of assets. @throws UnknownDefinition, RequestRefused, ClientError; the signal's reason. */
export async function launchBackfill(
  api: UserApi,
  target: Pick<LaunchBackfillInput, "jobName" | "assetSelection">,
  { config, runConfig, tags, only, partitionRanges, signal, ...rest }: LooseBackfill,
): Promise<Backfill> {
  const input: LaunchBackfillInput = {
    ...target,
    title: rest.title ?? null,
    locationName: rest.locationName ?? null,
    partitionRanges: partitionRanges ? [...partitionRanges] : null,
    states: only ? [...only] : null,
    runConfig:
      config === undefined ? (runConfig ?? null) : mergeRunConfig(runConfig ?? {}, toRunConfig(config)),
    tags: toTags(tags),
    idempotencyKey: rest.idempotencyKey ?? null,
  };
  const { answer } = await api.send(LaunchBackfillDocument, { input }, signal);
  return new Backfill(api, requireDone(answer).backfill.id);
}
