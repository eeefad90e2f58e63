import { emptySubset, existingSubset, type PartitionsView } from "../partitions/subset-keys.ts";
import type { PartitionsDefinition } from "../partitions/definition.ts";
import { defaultMapping } from "../partitions/mappings/default-mapping.ts";
import { mapToDownstream, mapToUpstream } from "../partitions/mappings/map-partitions.ts";
import type { PartitionMapping } from "../partitions/mappings/mapping.ts";
import type { SerializedSubset } from "../partitions/serialize-subset.ts";
import { isEmptySubset, unionSubsets, type PartitionsSubset } from "../partitions/subset.ts";
import {
  targetName,
  type AssetStateView,
  type AutomationAsset,
  type AutomationAssets,
  type AutomationTarget,
} from "./asset-state-view.ts";
import type { AutomationCursor } from "./cursor.ts";
import { notePartitions, type RestNotes } from "./rest.ts";

/**
 * Milliseconds for which a condition does not ask for the same again when nothing is new to it: it saw no update, tick or request, and
 * remembers the same. One that is simply true, such as `missing` alone, would ask at every round.
 */
export const REPEAT_MS = 30_000;

/** Evaluations of many targets at one time. */
export interface Round {
  readonly assets: AutomationAssets;
  /** Keys of the assets that depend on each asset directly. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  readonly view: AssetStateView;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** All cursors as they were before this round, by target name. */
  readonly cursors: Pick<ReadonlyMap<string, AutomationCursor>, "get">;
  /** What this round has requested so far, by target name. */
  readonly requested: Map<string, PartitionsSubset>;
  /** See `REPEAT_MS`. */
  readonly repeatMs: number;
}

/** The evaluation of one root target: what conditions read, and what they leave for the next one. */
export interface Evaluation extends Round {
  /** The target whose condition is evaluated; conditions inside it may be asked about others. */
  readonly root: AutomationTarget;
  /** Of the root's previous evaluation; null in the first one. */
  readonly cursor: AutomationCursor | null;
  /** Becomes the next cursor's `memory` and `codeVersions`. */
  readonly memory: Map<string, SerializedSubset>;
  readonly codeVersions: Map<string, string | null>;
  readonly restNotes: RestNotes;
}

/** How another target is reached from the one that is asked about: which of its partitions belong to which of ours. */
export interface Link {
  readonly target: AutomationTarget;
  readonly toTarget: (subset: PartitionsSubset) => PartitionsSubset;
  readonly fromTarget: (subset: PartitionsSubset) => PartitionsSubset;
}

/** The partitions definition of a target; checks have none. */
export function partitionsOf(evaluation: Evaluation, target: AutomationTarget): PartitionsDefinition | null {
  const partitions = target.check === null ? (evaluation.assets.get(target.asset)?.partitions ?? null) : null;
  notePartitions(evaluation.restNotes, partitions, evaluation.now);
  return partitions;
}

export function allPartitions(evaluation: Evaluation, target: AutomationTarget): PartitionsSubset {
  return existingSubset(partitionsOf(evaluation, target), partitionsView(evaluation));
}

export function noPartitions(evaluation: Evaluation, target: AutomationTarget): PartitionsSubset {
  return emptySubset(partitionsOf(evaluation, target));
}

/**
 * Links to what a target depends on, in the order of keys: an asset to other assets, a check to its asset. With
 * `throughVirtual`, what a virtual asset depends on stands in its place.
 */
export function dependencyLinks(
  evaluation: Evaluation,
  target: AutomationTarget,
  throughVirtual: boolean,
): Link[] {
  if (target.check !== null) return [linkToAsset(evaluation, target, target.asset)];
  const asset = evaluation.assets.get(target.asset);
  const keys = asset?.dependencies.map((dependency) => dependency.key) ?? [];
  const links = [...new Set(keys)].sort().map((key) => linkToAsset(evaluation, target, key));
  return throughVirtual ? links.flatMap((link) => resolveVirtual(evaluation, link)) : links;
}

function resolveVirtual(evaluation: Evaluation, link: Link): Link[] {
  if (evaluation.assets.get(link.target.asset)?.isVirtual !== true) return [link];
  evaluation.restNotes.looksAt.add(link.target.asset);
  return dependencyLinks(evaluation, link.target, true).map((further) => ({
    target: further.target,
    toTarget: (subset) => further.toTarget(link.toTarget(subset)),
    fromTarget: (subset) => link.fromTarget(further.fromTarget(subset)),
  }));
}

/** Links to the checks of an asset; a check is about all its partitions. */
export function checkLinks(evaluation: Evaluation, target: AutomationTarget, blockingOnly: boolean): Link[] {
  const checks = evaluation.assets.get(target.asset)?.checks ?? [];
  return checks
    .filter((check) => check.isBlocking || !blockingOnly)
    .map((check) => linkOfWholes(evaluation, target, { asset: target.asset, check: check.name }));
}

/** A link to any asset: along a dependency in either direction, else with the mapping that a dependency would have. */
export function linkToAsset(evaluation: Evaluation, from: AutomationTarget, key: string): Link {
  const target = { asset: key, check: null };
  const asset = evaluation.assets.get(from.asset);
  const other = evaluation.assets.get(key);
  if (from.check !== null || !asset || !other) return linkOfWholes(evaluation, from, target);
  const view = partitionsView(evaluation);
  const isUpstream = asset.dependencies.some((dependency) => dependency.key === key);
  const isDownstream = !isUpstream && other.dependencies.some((dependency) => dependency.key === asset.key);
  const [upstream, downstream] = isDownstream ? [asset, other] : [other, asset];
  const ends = { upstream: upstream.partitions, downstream: downstream.partitions };
  notePartitions(evaluation.restNotes, ends.upstream, evaluation.now);
  notePartitions(evaluation.restNotes, ends.downstream, evaluation.now);
  const mapping = mappingBetween(upstream, downstream);
  const up = (subset: PartitionsSubset): PartitionsSubset =>
    isEmptySubset(subset) ? emptySubset(ends.upstream) : mapToUpstream(mapping, ends, subset, view).subset;
  const down = (subset: PartitionsSubset): PartitionsSubset =>
    isEmptySubset(subset) ? emptySubset(ends.downstream) : mapToDownstream(mapping, ends, subset, view);
  return isDownstream
    ? { target, toTarget: down, fromTarget: up }
    : { target, toTarget: up, fromTarget: down };
}

/** The mapping of a dependency, or the one it would have. */
export function mappingBetween(upstream: AutomationAsset, downstream: AutomationAsset): PartitionMapping {
  const dependency = downstream.dependencies.find(({ key }) => key === upstream.key);
  const ends = { upstream: upstream.partitions, downstream: downstream.partitions };
  return dependency?.mapping ?? defaultMapping(ends);
}

export function partitionsView(evaluation: Evaluation): PartitionsView {
  return { now: evaluation.now, dynamicKeys: evaluation.view.dynamicKeys };
}

/** Adds to what a round has requested. */
export function addRequest(round: Round, target: AutomationTarget, subset: PartitionsSubset): void {
  const name = targetName(target);
  const known = round.requested.get(name);
  round.requested.set(name, known ? unionSubsets(known, subset) : subset);
}

/** Where memory of a condition about a target is kept. */
export function memoryKey(conditionKey: string, target: AutomationTarget): string {
  return `${conditionKey}@${targetName(target)}`;
}

function linkOfWholes(evaluation: Evaluation, from: AutomationTarget, target: AutomationTarget): Link {
  const allOrNone = (of: AutomationTarget, subset: PartitionsSubset): PartitionsSubset =>
    isEmptySubset(subset) ? noPartitions(evaluation, of) : allPartitions(evaluation, of);
  return {
    target,
    toTarget: (subset) => allOrNone(target, subset),
    fromTarget: (subset) => allOrNone(from, subset),
  };
}
