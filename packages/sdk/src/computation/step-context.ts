import type { AssetKey } from "@millrace/model/asset-key";
import type { ConfigOf } from "../config/config-schema.ts";
import type { DynamicPartitionsAccess } from "../partitions/dynamic-partitions-access.ts";
import type { StateAccess } from "../context/step-state.ts";
import type { StepWaiting } from "../context/step-waiting.ts";
import type { MetadataRecord } from "../metadata/metadata.ts";
import type { ResourceValues } from "../resources/resource.ts";
import type { ReportedEvent } from "@millrace/model/reported-event";
import type { Deployment } from "../context/deployment.ts";
import type { Logger } from "../context/logger.ts";

/** An asset that a step is asked to make. */
export interface StepAsset {
  /** Its name among the outputs of the step: `result` for an asset of its own. */
  readonly outputName: string;
  readonly key: AssetKey;
  readonly codeVersion: string | null;
}

/** What the code of every step receives first. */
export interface StepContext<C = undefined, R = {}> extends StepWaiting {
  readonly runId: string;
  readonly jobName: string;
  readonly stepKey: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** The assets that the step is asked to make; none for an op or a check. */
  readonly assets: readonly StepAsset[];
  /** Tags of the run. */
  readonly runTags: Readonly<Record<string, string>>;
  readonly config: ConfigOf<C>;
  readonly resources: ResourceValues<R>;
  readonly log: Logger;
  /** Aborted when the run is interrupted or the step's time is over: hand it to what you wait for. */
  readonly signal: AbortSignal;
  /** The time that the run sees: this machine's, or in a test that of its `clock`. */
  now(): Date;
  /** What else is known in the deployment, as it is when it is asked. What the run itself has just made may not be there yet. */
  readonly deployment: Deployment;
  /** The keys of dynamic partitions, which the deployment keeps. */
  readonly dynamicPartitions: DynamicPartitionsAccess;
  /** What the step keeps for its next attempt, see `stepState`. */
  readonly state: StateAccess;
  /**
   * Tells of an asset that something else makes: made from `assetMaterialization`, `assetObservation` or
   * `assetCheckEvaluation`. It counts at once, also when the step fails later; a further attempt of the step reports it again.
   * What does not name an asset, partition or check that is there becomes a word in the run's log.
   *
   * @throws InvalidStepResult for an asset that the step makes itself: return `materializeResult`.
   */
  report(report: { readonly event: ReportedEvent }): void;
  /** Adds metadata to an output and, for an asset, to its materialization. Default: the only output. */
  addOutputMetadata(metadata: MetadataRecord, outputName?: string): void;
}
