import type { FactChange } from "./facts-store.ts";

/** Collects what may have changed of assets. */
export interface FactChanges {
  readonly byAsset: ReadonlyMap<string, FactChange>;
  /** These partitions and checks of an asset, and it as a whole. */
  add(asset: string, partitions: readonly string[], checks: readonly string[]): void;
  /** Anything of an asset. */
  addAll(asset: string): void;
}

export function createFactChanges(): FactChanges {
  const byAsset = new Map<string, { partitions: Set<string> | null; checks: Set<string> | null }>();
  return {
    byAsset,
    add: (asset, partitions, checks) => {
      const known = byAsset.get(asset);
      if (known === undefined)
        byAsset.set(asset, { partitions: new Set(partitions), checks: new Set(checks) });
      else {
        for (const key of partitions) known.partitions?.add(key);
        for (const name of checks) known.checks?.add(name);
      }
    },
    addAll: (asset) => void byAsset.set(asset, { partitions: null, checks: null }),
  };
}
