import type { AssetHistoryQuestion } from "@millrace/model/asset-history";
import type { AssetPlace, AssetState, AssetStateEvent } from "@millrace/model/data-versions/asset-state";
import type { RunQuestion, SeenRun } from "@millrace/model/seen-run";

/**
 * What code may ask its deployment and change nothing by it. Arguments and answers are plain JSON data, so that a question can cross
 * threads, processes and the network on its way.
 */
export interface DeploymentQuestions {
  /** The present keys of dynamic partitions, oldest first; none for a name that was never used. */
  listDynamicPartitions(name: string): Promise<readonly string[]>;
  /**
   * What is known of assets and partitions, in the order asked. A run asks once, before its first step that needs to know.
   *
   * @throws when the control plane does not answer within a few seconds: nobody waits longer for this.
   */
  findAssetStates(places: readonly AssetPlace[]): Promise<readonly AssetState[]>;
  /** The newest materializations or observations of an asset, newest first, as far as they are still kept; without provenance. */
  listAssetHistory(question: AssetHistoryQuestion): Promise<readonly AssetStateEvent[]>;
  /** The partitions of an asset that are in a state, newest first; none for an asset that is not partitioned, or not known. */
  listAssetPartitions(
    assetKey: string,
    state: "missing" | "materialized" | "failed",
  ): Promise<readonly string[]>;
  /** Runs, newest first. */
  listRuns(question: RunQuestion): Promise<readonly SeenRun[]>;
}

/** What the code of a tick may ask besides. */
export interface TickQuestions extends DeploymentQuestions {
  /** Those of some run keys with which the schedule or sensor has launched a run before, in the order asked. */
  findLaunchedRunKeys(keys: readonly string[]): Promise<readonly string[]>;
}
