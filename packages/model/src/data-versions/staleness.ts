import {
  INITIAL_DATA_VERSION,
  inputDataVersion,
  NULL_DATA_VERSION,
  type Provenance,
} from "../data-version.ts";
import type { StaleCause } from "./stale-cause.ts";
import type { VersionedAsset, VersionFacts } from "./version-facts.ts";
import {
  currentDataVersion,
  currentInputVersion,
  listInputs,
  type VersionedInput,
} from "./versioned-inputs.ts";

/** Whether an asset, or one partition of it, is up to date. */
export interface Staleness {
  readonly status: "missing" | "stale" | "fresh";
  readonly dataVersion: string;
  readonly causes: readonly StaleCause[];
}

/**
 * Says whether an asset or partition is up to date with its code and its inputs. It looks at direct inputs only: a stale
 * parent that was not run again does not make its children stale; a virtual parent is looked through (see `listInputs`).
 * External assets are never stale. A partitioned asset without a partition is fresh, as the question has no answer then.
 *
 * A virtual asset always shows what is behind it: it is missing when there is nothing, and stale only when code of ours makes
 * it and has a new version.
 *
 * @throws Error for an asset that is not defined.
 */
export function findStaleness(facts: VersionFacts, key: string, partition: string | null): Staleness {
  const asset = facts.findAsset(key);
  if (!asset) throw new Error(`Asset "${key}" is not defined`);
  const record = facts.findRecord(key, partition);
  const dataVersion = asset.isExternal
    ? inputDataVersion(record)
    : (record?.dataVersion ?? NULL_DATA_VERSION);
  const isUnanswerable = asset.isPartitioned && partition === null;
  const place: Place = { facts, asset, key, partition };
  if (asset.isVirtual && asset.deps.length > 0 && !isUnanswerable) {
    const causes = asset.isExternal ? [] : codeCauses(place, record?.provenance ?? null);
    const isMissing = record === null && !hasAnythingBehind(place);
    return { status: isMissing ? "missing" : statusOf(causes), dataVersion, causes };
  }
  if (asset.isExternal || isUnanswerable) return { status: "fresh", dataVersion, causes: [] };
  if (!record) return { status: "missing", dataVersion, causes: [] };
  const causes = record.provenance
    ? causesFromProvenance(place, record.provenance, record.sequence)
    : causesFromTimes(place, record.sequence);
  return { status: statusOf(causes), dataVersion, causes };
}

interface Place {
  readonly facts: VersionFacts;
  readonly asset: VersionedAsset;
  readonly key: string;
  readonly partition: string | null;
}

function statusOf(causes: readonly StaleCause[]): "stale" | "fresh" {
  return causes.length > 0 ? "stale" : "fresh";
}

/** What others make is there, whether or not we were told of it. */
function hasAnythingBehind({ facts, key, partition }: Place): boolean {
  return [...listInputs(facts, key, partition).values()].some(
    (input) =>
      facts.findAsset(input.key)?.isExternal !== false ||
      input.partitions.some((each) => facts.findRecord(input.key, each) !== null),
  );
}

function causesFromProvenance(place: Place, provenance: Provenance, sequence: number): StaleCause[] {
  const { facts, key, partition } = place;
  const inputs = listInputs(facts, key, partition);
  const used = provenance.inputDataVersions;
  const seenThrough = new Set([...inputs.values()].flatMap(({ through }) => through));
  const causes = codeCauses(place, provenance);
  for (const dep of Object.keys(used).sort())
    if (!inputs.has(dep) && !seenThrough.has(dep))
      causes.push(cause(place, "dependencies", { dependency: dep, change: "removed" }));
  for (const input of inputs.values()) {
    const usedVersion = used[input.key];
    if (usedVersion !== undefined) {
      if (isChanged(place, input, usedVersion)) causes.push(...dataCauses(place, input));
    } else if (input.through.some((virtual) => used[virtual] !== undefined)) {
      // Who made it knew the virtual asset only, and not what is behind.
      causes.push(...causesFromTime(place, input, sequence));
    } else {
      const { key: dependency, through } = input;
      for (const dependencyPartition of input.partitions)
        causes.push(
          cause(place, "dependencies", { dependency, dependencyPartition, through, change: "added" }),
        );
    }
  }
  return causes;
}

function codeCauses(place: Place, provenance: Provenance | null): StaleCause[] {
  const { codeVersion } = place.asset;
  if (provenance === null || codeVersion === null || codeVersion === provenance.codeVersion) return [];
  return [cause(place, "code", {})];
}

/** An input with partitions of which none existed when it was used is not compared: nothing of it was used. */
function isChanged({ facts }: Place, input: VersionedInput, usedVersion: string): boolean {
  const { isPartitioned = false, isVirtual = false } = facts.findAsset(input.key) ?? {};
  if (usedVersion === INITIAL_DATA_VERSION && isPartitioned) return false;
  if (usedVersion === currentInputVersion(facts, input)) return false;
  return !isVirtual || usedVersion !== currentDataVersion(facts, input);
}

/** Without provenance: an input of our own counts as changed when it was materialized later, or a dependency never was. */
function causesFromTimes(place: Place, sequence: number): StaleCause[] {
  const inputs = [...listInputs(place.facts, place.key, place.partition).values()];
  return inputs.flatMap((input) => causesFromTime(place, input, sequence));
}

function causesFromTime(place: Place, input: VersionedInput, sequence: number): StaleCause[] {
  const { facts } = place;
  const { key: dependency, through } = input;
  if (facts.findAsset(dependency)?.isExternal !== false) return [];
  return input.partitions.flatMap((each) => {
    const record = facts.findRecord(dependency, each);
    if (record) return record.sequence > sequence ? [dataCause(place, input, each)] : [];
    return through.length > 0 ? [] : [cause(place, "data", { dependency, dependencyPartition: each })];
  });
}

function dataCauses(place: Place, input: VersionedInput): StaleCause[] {
  return input.partitions.map((each) => dataCause(place, input, each));
}

function dataCause(place: Place, { key, through }: VersionedInput, partition: string | null): StaleCause {
  const began: StaleCause = { ...NO_CAUSE, category: "data", asset: key, partition };
  return cause(place, "data", {
    dependency: key,
    dependencyPartition: partition,
    through,
    causes: [began],
  });
}

const NO_CAUSE = {
  dependency: null,
  dependencyPartition: null,
  through: [],
  change: null,
  causes: [],
} as const satisfies Partial<StaleCause>;

function cause(
  place: Place,
  category: StaleCause["category"],
  more: Partial<Omit<StaleCause, "category" | "asset" | "partition">>,
): StaleCause {
  return { ...NO_CAUSE, category, asset: place.key, partition: place.partition, ...more };
}
