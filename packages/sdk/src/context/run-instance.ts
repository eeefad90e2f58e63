import type { AssetPlace, AssetState } from "@millrace/model/data-versions/asset-state";

/**
 * What a run may ask of its deployment while it executes. Arguments and answers are plain JSON data, so that a question
 * can cross threads, processes and the network on its way.
 *
 * In a run worker the control plane answers, over the agent API: a question waits for as long as that can't be reached,
 * and fails only when the run is interrupted or the control plane refuses. In tests it is `memoryRunInstance`.
 */
export interface RunInstance {
  /** The present keys of dynamic partitions, oldest first; none for a name that was never used. */
  listDynamicPartitions(name: string): Promise<readonly string[]>;
  /**
   * Adds keys behind those that are there; one that is there already keeps its place.
   *
   * @throws when a key can't be one: see `explainInvalidDynamicKey` in the model.
   */
  addDynamicPartitions(name: string, keys: readonly string[]): Promise<void>;
  /** Removes keys; one that is not there is passed over. What the partitions' assets stored stays. */
  deleteDynamicPartitions(name: string, keys: readonly string[]): Promise<void>;
  /**
   * What is known of assets and partitions, in the order asked. A run asks once, before its first step that needs to know.
   *
   * @throws when the control plane does not answer within a few seconds: nobody waits longer for this.
   */
  findAssetStates(places: readonly AssetPlace[]): Promise<readonly AssetState[]>;
}
