import { constants, gunzipSync, gzipSync } from "node:zlib";
import { targetName, type AutomationAssets } from "@millrace/model/automation/asset-state-view";
import type { ConditionResult } from "@millrace/model/automation/evaluate-condition";
import { serializeSubset, type SerializedSubset } from "@millrace/model/partitions/serialize-subset";
import { countSubset } from "@millrace/model/partitions/subset-keys";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import type { PartitionsSubset } from "@millrace/model/partitions/subset";

/** What one part of a condition saw, as it is shown. */
export interface StoredCondition {
  readonly op: string;
  /** What to call it. */
  readonly name: string;
  /** Of what it was asked: `asset`, or `asset:check`. */
  readonly target: string;
  /** How many it was asked about. */
  readonly candidates: number;
  /** For which of them it holds. */
  readonly holds: SerializedSubset;
  readonly count: number;
  readonly children: readonly StoredCondition[];
}

/** Trees of one document: the more, the less each takes; the fewer, the sooner one of them is read. */
export const TREES_OF_DOCUMENT = 250;

/** Each tree is one list of numbers, its parts in the order in which they are read: these of each. */
const FIELDS = 7;
interface TreeDocument {
  readonly strings: readonly string[];
  readonly subsets: readonly SerializedSubset[];
  readonly trees: readonly (readonly number[])[];
}

/**
 * Writes the trees of evaluations as one compressed document. Texts and subsets are in it once, as trees repeat them a hundred times:
 * it takes a hundredth of the space of the trees, and of the time to store them.
 */
export function writeTrees(assets: AutomationAssets, results: readonly ConditionResult[]): Buffer {
  const strings = new Map<string, number>();
  const subsets = new Map<string, number>();
  const places = new Map<PartitionsSubset, number>();
  const counts = new Map<PartitionsSubset, number>();
  const indexOf = <T>(known: Map<T, number>, value: T): number => {
    let index = known.get(value);
    if (index === undefined) known.set(value, (index = known.size));
    return index;
  };
  const placeOf = (subset: PartitionsSubset): number => {
    let place = places.get(subset);
    if (place === undefined)
      places.set(subset, (place = indexOf(subsets, JSON.stringify(serializeSubset(subset)))));
    return place;
  };
  const countOf = (partitions: PartitionsDefinition | null, subset: PartitionsSubset): number => {
    let count = counts.get(subset);
    if (count === undefined) counts.set(subset, (count = countSubset(partitions, subset)));
    return count;
  };
  const write = (result: ConditionResult, tree: number[]): number[] => {
    const { op, name, target, candidates, trueSubset, children } = result;
    const partitions = target.check === null ? (assets.get(target.asset)?.partitions ?? null) : null;
    tree.push(
      indexOf(strings, op),
      indexOf(strings, name),
      indexOf(strings, targetName(target)),
      countOf(partitions, candidates),
      placeOf(trueSubset),
      countOf(partitions, trueSubset),
      children.length,
    );
    for (const child of children) write(child, tree);
    return tree;
  };
  const trees = results.map((result) => write(result, []));
  const document: TreeDocument = {
    strings: [...strings.keys()],
    subsets: [...subsets.keys()].map((text): SerializedSubset => JSON.parse(text)),
    trees,
  };
  return gzipSync(JSON.stringify(document), { level: constants.Z_BEST_SPEED });
}

/** One of the trees of a document. */
export function readTree(document: Buffer, place: number): StoredCondition {
  const { strings, subsets, trees }: TreeDocument = JSON.parse(gunzipSync(document).toString());
  const tree = trees[place] ?? [];
  let at = 0;
  const read = (): StoredCondition => {
    const [op = 0, name = 0, target = 0, candidates = 0, holds = 0, count = 0, children = 0] = tree.slice(
      at,
      (at += FIELDS),
    );
    return {
      op: strings[op] ?? "",
      name: strings[name] ?? "",
      target: strings[target] ?? "",
      candidates,
      holds: subsets[holds] ?? { type: "whole", included: false },
      count,
      children: Array.from({ length: children }, read),
    };
  };
  return read();
}
