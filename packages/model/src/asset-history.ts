/** Which former events of an asset somebody wants to see. Plain JSON. */
export interface AssetHistoryQuestion {
  readonly assetKey: string;
  /** Those of one partition; null: of the asset with all its partitions. */
  readonly partition: string | null;
  readonly kind: "materialization" | "observation";
  /** At most `MAX_HISTORY`. */
  readonly limit: number;
}

/** Events that one question answers at most. */
export const MAX_HISTORY = 1_000;
