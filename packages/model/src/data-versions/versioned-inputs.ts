import { MAX_COMPARED_PARTITIONS } from "./compared-partitions.ts";
import { combineDataVersions } from "./compute-data-version.ts";
import { INITIAL_DATA_VERSION, type DataVersionRecord } from "../data-version.ts";
import type { VersionedAsset, VersionFacts, VersionGraph } from "./version-facts.ts";

/** An asset whose version counts for what is made from it. */
export interface VersionedInput {
  readonly key: string;
  /** Those that count, in order; `[null]`: the asset as a whole. */
  readonly partitions: readonly (string | null)[];
  /** The virtual assets that it is seen through, nearest first; empty for a dependency. */
  readonly through: readonly string[];
}

/**
 * The inputs of an asset or partition, by key and in the order of keys: its dependencies, and in the place of a virtual one
 * the nearest assets behind it that are not virtual, with their partitions mapped along all edges between. A virtual asset
 * that code of ours makes counts besides, by the version of that code. One that depends on nothing stands for itself. An
 * asset that is an input in several ways is one input, of all partitions together.
 */
export function listInputs(
  graph: VersionGraph,
  key: string,
  partition: string | null,
): ReadonlyMap<string, VersionedInput> {
  const found = new Map<string, { readonly partitions: Set<string | null>; through: readonly string[] }>();
  const looked = new Map<string, Set<string | null>>();

  function add(dep: string, partitions: readonly (string | null)[], through: readonly string[]): void {
    const asset = graph.findAsset(dep);
    const isTransparent = asset?.isVirtual === true && asset.deps.length > 0;
    if (isTransparent) lookThrough(dep, asset, partitions, through);
    if (isTransparent && asset.isExternal) return;
    const known = found.get(dep) ?? { partitions: new Set(), through };
    if (through.length < known.through.length) known.through = through;
    for (const each of partitions) known.partitions.add(each);
    found.set(dep, known);
  }

  function lookThrough(
    virtual: string,
    { deps }: VersionedAsset,
    partitions: readonly (string | null)[],
    through: readonly string[],
  ): void {
    const before = looked.get(virtual);
    const seen = before ?? new Set();
    const further = partitions.filter((each) => !seen.has(each));
    // Each partition once: views may share what they are made from, and those of several locations may form a ring.
    if (before && further.length === 0) return;
    for (const each of further) seen.add(each);
    looked.set(virtual, seen);
    for (const dep of deps) {
      const behind = further.flatMap((each) => graph.dependencyPartitions(virtual, each, dep));
      add(dep, behind, [...through, virtual]);
    }
  }

  for (const dep of graph.findAsset(key)?.deps ?? [])
    add(dep, graph.dependencyPartitions(key, partition, dep), []);
  const inputs = [...found].map(([dep, { partitions, through }]): [string, VersionedInput] => [
    dep,
    { key: dep, partitions: inOrder(partitions), through },
  ]);
  return new Map(inputs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

type KnownVersions = Pick<VersionFacts, "findAsset" | "findRecord">;

/**
 * The version that an input has now, as it goes into `Provenance`. Of a virtual asset it is the version of its code: what is
 * behind it counts by itself, and making the same view again changes nothing.
 */
export function currentInputVersion(facts: KnownVersions, input: VersionedInput): string {
  const isVirtual = facts.findAsset(input.key)?.isVirtual ?? false;
  if (!isVirtual) return currentDataVersion(facts, input);
  return currentVersion(facts, input, (record) => record.provenance?.codeVersion ?? record.dataVersion);
}

/** The version of an input's data, whatever it is: what a run has used that does not know it to be virtual. */
export function currentDataVersion(facts: KnownVersions, input: VersionedInput): string {
  return currentVersion(facts, input, (record) => record.dataVersion);
}

function currentVersion(
  { findAsset, findRecord }: KnownVersions,
  { key, partitions }: VersionedInput,
  versionOf: (record: DataVersionRecord) => string,
): string {
  const whole = findRecord(key, null);
  const isWhole = partitions.length === 1 && partitions[0] === null;
  if (whole === null) return INITIAL_DATA_VERSION;
  if (isWhole || findAsset(key)?.isPartitioned !== true) return versionOf(whole);
  const records = partitions.map((partition) => findRecord(key, partition));
  return combineDataVersions(records.flatMap((record) => (record ? [versionOf(record)] : [])));
}

/** The asset as a whole counts for partitions too: any new version of them is its newest one. */
function inOrder(partitions: ReadonlySet<string | null>): readonly (string | null)[] {
  if (partitions.has(null) || partitions.size >= MAX_COMPARED_PARTITIONS) return [null];
  return [...partitions].filter((partition) => partition !== null).sort();
}
