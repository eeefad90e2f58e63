import type { Asset } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { FormerKey } from "../former-keys/former-key-store.ts";

/** What is served of an asset, as far as its names go. */
export interface NamedAsset {
  readonly key: string;
  /** Keys that it had before. */
  readonly renamedFrom: readonly string[];
  /** Whether it is more than a name that others depend on: something is made, observed or computed under this key. */
  readonly isLiving: boolean;
}

/** What a definition in a snapshot says of names. */
export function toNamedAsset({ key, renamedFrom, executable, observable, virtual }: Asset): NamedAsset {
  return { key, renamedFrom, isLiving: executable || observable || virtual };
}

/** What the served definitions change of the keys under which assets are kept. */
export interface RenamePlan {
  /** The key to keep it under, by the key under which it is kept. No key is both. */
  readonly renames: ReadonlyMap<string, string>;
  /** Former keys that are now those of other assets. */
  readonly reused: readonly string[];
}

/**
 * A key in `renamedFrom` gives what is kept under it to the asset that names it, unless something living is served under that key. A
 * key that is served again, as after going back to an older revision, gets back what another key took over, unless that one
 * is served too: then the old key is that of a new asset.
 */
export function planRenames(served: readonly NamedAsset[], formerKeys: readonly FormerKey[]): RenamePlan {
  const byKey = new Map<string, NamedAsset>();
  for (const asset of served) if (asset.isLiving || !byKey.has(asset.key)) byKey.set(asset.key, asset);
  const renames = new Map<string, string>();
  for (const { key, renamedFrom } of byKey.values())
    for (const former of renamedFrom)
      if (former !== key && !byKey.get(former)?.isLiving) renames.set(former, key);
  const reused: string[] = [];
  for (const { former, key } of formerKeys) {
    if (!byKey.get(former)?.isLiving) continue;
    if (byKey.has(key)) reused.push(former);
    else if (!renames.has(key)) renames.set(key, former);
  }
  for (const [from, to] of renames) if (renames.has(to)) renames.delete(from);
  return { renames, reused };
}
