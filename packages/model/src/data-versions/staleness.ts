import { combineDataVersions } from "./compute-data-version.ts";
import {
  INITIAL_DATA_VERSION,
  inputDataVersion,
  NULL_DATA_VERSION,
  type DataVersionRecord,
  type Provenance,
} from "./data-version.ts";
import type { StaleCause } from "./stale-cause.ts";

/** What staleness needs to know of an asset's definition. */
export interface VersionedAsset {
  readonly deps: readonly string[];
  /** Null: the code has no version, and a change of it can not be seen. */
  readonly codeVersion: string | null;
  readonly isExternal: boolean;
  readonly isPartitioned: boolean;
}

/** What is known about assets when staleness is asked for. Everything is looked up, nothing is loaded. */
export interface VersionFacts {
  /** Null for an asset that is not defined. */
  readonly findAsset: (key: string) => VersionedAsset | null;
  /**
   * The newest materialization (external assets: observation) of an asset or of one partition; for an asset with
   * partitions and `partition` null the newest of any partition.
   */
  readonly findRecord: (key: string, partition: string | null) => DataVersionRecord | null;
  /** The partitions of a dependency that a partition is computed from, in order; `[null]`: the dependency as a whole. */
  readonly dependencyPartitions: (
    key: string,
    partition: string | null,
    dep: string,
  ) => readonly (string | null)[];
}

/** Whether an asset, or one partition of it, is up to date. */
export interface Staleness {
  readonly status: "missing" | "stale" | "fresh";
  readonly dataVersion: string;
  readonly causes: readonly StaleCause[];
}

/**
 * Says whether an asset or partition is up to date with its code and its inputs. It looks at direct inputs only: a stale
 * parent that was not run again does not make its children stale. External assets are never stale. A partitioned asset
 * without a partition is fresh, as the question has no answer then.
 *
 * @throws Error for an asset that is not defined.
 */
export function findStaleness(facts: VersionFacts, key: string, partition: string | null): Staleness {
  const asset = facts.findAsset(key);
  if (!asset) throw new Error(`Asset "${key}" is not defined`);
  const record = facts.findRecord(key, partition);
  if (asset.isExternal) return { status: "fresh", dataVersion: inputDataVersion(record), causes: [] };
  const dataVersion = record?.dataVersion ?? NULL_DATA_VERSION;
  if (asset.isPartitioned && partition === null) return { status: "fresh", dataVersion, causes: [] };
  if (!record) return { status: "missing", dataVersion, causes: [] };
  const place: Place = { facts, asset, key, partition };
  const causes = record.provenance
    ? causesFromProvenance(place, record.provenance)
    : causesFromTimes(place, record.sequence);
  return { status: causes.length > 0 ? "stale" : "fresh", dataVersion, causes };
}

/** The version that a dependency has for a partition computed from it, as it goes into `Provenance`. */
export function currentInputVersion(
  facts: VersionFacts,
  key: string,
  partition: string | null,
  dep: string,
): string {
  const partitions = facts.dependencyPartitions(key, partition, dep);
  const isWhole = partitions.length === 1 && partitions[0] === null;
  if (isWhole || !isPartitioned(facts, dep) || !facts.findRecord(dep, null))
    return inputDataVersion(facts.findRecord(dep, null));
  const records = partitions.map((depPartition) => facts.findRecord(dep, depPartition));
  return combineDataVersions(records.flatMap((record) => (record ? [record.dataVersion] : [])));
}

interface Place {
  readonly facts: VersionFacts;
  readonly asset: VersionedAsset;
  readonly key: string;
  readonly partition: string | null;
}

function causesFromProvenance(place: Place, provenance: Provenance): StaleCause[] {
  const { asset } = place;
  const causes: StaleCause[] = [];
  if (asset.codeVersion !== null && asset.codeVersion !== provenance.codeVersion)
    causes.push(cause(place, "code", {}));
  for (const dep of Object.keys(provenance.inputDataVersions).sort())
    if (!asset.deps.includes(dep))
      causes.push(cause(place, "dependencies", { dependency: dep, change: "removed" }));
  for (const dep of [...asset.deps].sort()) {
    const usedVersion = provenance.inputDataVersions[dep];
    if (usedVersion === undefined)
      causes.push(cause(place, "dependencies", { dependency: dep, change: "added" }));
    else if (isChanged(place, dep, usedVersion)) causes.push(...dataCauses(place, dep));
  }
  return causes;
}

/** An input with partitions of which none existed when it was used is not compared: nothing of it was used. */
function isChanged({ facts, key, partition }: Place, dep: string, usedVersion: string): boolean {
  if (usedVersion === INITIAL_DATA_VERSION && isPartitioned(facts, dep)) return false;
  return usedVersion !== currentInputVersion(facts, key, partition, dep);
}

function isPartitioned(facts: VersionFacts, key: string): boolean {
  return facts.findAsset(key)?.isPartitioned ?? false;
}

/** Without provenance: a dependency of our own counts as changed when it was materialized later, or never. */
function causesFromTimes(place: Place, sequence: number): StaleCause[] {
  const { facts, asset, key, partition } = place;
  const causes: StaleCause[] = [];
  for (const dep of [...asset.deps].sort()) {
    if (facts.findAsset(dep)?.isExternal !== false) continue;
    for (const depPartition of facts.dependencyPartitions(key, partition, dep)) {
      const record = facts.findRecord(dep, depPartition);
      if (!record) causes.push(cause(place, "data", { dependency: dep, dependencyPartition: depPartition }));
      else if (record.sequence > sequence) causes.push(dataCause(place, dep, depPartition));
    }
  }
  return causes;
}

function dataCauses(place: Place, dep: string): StaleCause[] {
  return place.facts
    .dependencyPartitions(place.key, place.partition, dep)
    .map((depPartition) => dataCause(place, dep, depPartition));
}

function dataCause(place: Place, dep: string, depPartition: string | null): StaleCause {
  const began: StaleCause = {
    category: "data",
    asset: dep,
    partition: depPartition,
    dependency: null,
    dependencyPartition: null,
    change: null,
    causes: [],
  };
  return cause(place, "data", { dependency: dep, dependencyPartition: depPartition, causes: [began] });
}

function cause(
  place: Place,
  category: StaleCause["category"],
  more: Partial<Pick<StaleCause, "dependency" | "dependencyPartition" | "change" | "causes">>,
): StaleCause {
  return {
    category,
    asset: place.key,
    partition: place.partition,
    dependency: null,
    dependencyPartition: null,
    change: null,
    causes: [],
    ...more,
  };
}
