import type { FactChange } from "./facts-store.ts";

/** Collects what may have changed of assets. */
export interface FactChanges {
  readonly byAsset: ReadonlyMap<string, FactChange>;
  /** These partitions of an asset, and it as a whole. */
  add(asset: string, partitions: readonly string[], checks: boolean): void;
  /** Anything of an asset. */
  addAll(asset: string): void;
}

export function createFactChanges(): FactChanges {
  const byAsset = new Map<string, { partitions: Set<string> | null; checks: boolean }>();
  return {
    byAsset,
    add: (asset, partitions, checks) => {
      const known = byAsset.get(asset);
      if (known === undefined) byAsset.set(asset, { partitions: new Set(partitions), checks });
      else {
        for (const key of partitions) known.partitions?.add(key);
        known.checks ||= checks;
      }
    },
    addAll: (asset) => void byAsset.set(asset, { partitions: null, checks: true }),
  };
}
