import type { PartitionKeyRange } from "@millrace/model/partitions/key-range";
import { assetKey, assetStepName } from "@millrace/model/asset-key";
import { mergeRunConfig } from "@millrace/model/config/merge-run-config";
import type { RunConfig } from "@millrace/model/config/run-config";
import { LaunchRunDocument, type LaunchRunInput } from "../connection/documents.gen.ts";
import type { UserApi } from "../connection/user-api.ts";
import { toTags } from "../connection/to-tags.ts";
import { unknownDefinition } from "../connection/require-done.ts";
import { InvalidRunConfig } from "../errors/client-error.ts";
import { Run } from "./run.ts";

/** How to launch a run, beside its partitions. */
export interface LaunchSettings {
  /** Run config, as `runRequest` takes it. Default: the job's own. */
  readonly runConfig?: RunConfig;
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Two launches with one key are one run, whoever launches and whenever: whoever is not sure whether a launch has arrived, launches
   * again with the same key. Default: each launch is a run.
   */
  readonly idempotencyKey?: string;
  /** The code location, where several have what is launched. */
  readonly locationName?: string;
  /** Ends the waiting for an answer; the run may have been launched. */
  readonly signal?: AbortSignal;
}

/** How to launch, to whoever does not care what the types know of partitions. */
export interface LooseLaunch extends LaunchSettings {
  readonly partitionKey?: string;
  readonly partitionRange?: PartitionKeyRange;
  /** By the keys of assets. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Launches one run of a job, or of assets. @throws UnknownDefinition, PartitionRequired, InvalidRunConfig, ClientError; the signal's reason. */
export async function launchRun(
  api: UserApi,
  target: Pick<LaunchRunInput, "jobName" | "assetSelection">,
  launch: LooseLaunch,
): Promise<Run> {
  const { partitionKey, partitionRange, runConfig, config, tags, idempotencyKey, locationName, signal } =
    launch;
  const input: LaunchRunInput = {
    ...target,
    locationName: locationName ?? null,
    partitionKey: partitionKey ?? null,
    partitionRange: partitionRange ?? null,
    runConfig:
      config === undefined ? (runConfig ?? null) : mergeRunConfig(runConfig ?? {}, toRunConfig(config)),
    tags: toTags(tags),
    idempotencyKey: idempotencyKey ?? null,
  };
  const { launchRun: answer } = await api.send(LaunchRunDocument, { input }, signal);
  if (answer.__typename === "LaunchedRun") return new Run(api, answer.run.id);
  if (answer.__typename === "UnknownDefinition") throw unknownDefinition(answer);
  const { jobName, assetSelection } = target;
  throw new InvalidRunConfig(jobName ? `job ${jobName}` : (assetSelection ?? []).join(", "), answer.errors);
}

/** The config of assets at the places where a run config has it: an asset's step is named by its key. */
export function toRunConfig(byKey: Readonly<Record<string, unknown>>): RunConfig {
  const ops = Object.entries(byKey).map(
    ([key, config]) => [assetStepName(assetKey(key)), { config }] as const,
  );
  return { ops: Object.fromEntries(ops) };
}
