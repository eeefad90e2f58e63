import type { Asset } from "./asset-definition.ts";

/** The step of an asset that is made only all together with others; null for one that can be made alone. */
export function findExecutionSet({ computation }: Pick<Asset, "computation">): string | null {
  if (computation === null || computation.canSubset || computation.outputs.size < 2) return null;
  return computation.stepKey;
}
