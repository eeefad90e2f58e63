import {
  isTimePartitions,
  type DynamicKeys,
  type PartitionsDefinition,
  type SinglePartitions,
} from "./definition.ts";
import type { PartitionKeyRange } from "./key-range.ts";
import { DIMENSION_SEPARATOR, listDimensions } from "./multi-key.ts";
import { listPartitionKeysInRange, partitionKeys } from "./partition-keys.ts";
import { subsetKeys, subsetOfKeys } from "./subset-keys.ts";
import type { PartitionsSubset } from "./subset.ts";

/** First and last position of a run's partitions in each dimension. */
type Box = readonly (readonly [first: number, last: number])[];

/**
 * Splits partitions that are asked for into runs: ranges that hold these partitions and no others, together each once,
 * in order. Of multi-dimensional partitions a range is the product of the dimensions' ranges.
 *
 * @param maxPartitions how many partitions a run may have, see `maxPartitionsPerRun`; Infinity: as many as follow each other.
 * @throws UnknownPartitionKey when the subset holds a key that is not there (any more).
 */
export function splitIntoRuns(
  definition: PartitionsDefinition,
  subset: PartitionsSubset,
  maxPartitions: number,
  dynamicKeys: DynamicKeys = {},
): PartitionKeyRange[] {
  const keys = [...subsetKeys(definition, subset)];
  if (keys.length === 0) return [];
  const parts =
    definition.type === "multi"
      ? keys.map((key) => key.split(DIMENSION_SEPARATOR))
      : keys.map((key) => [key]);
  const singles =
    definition.type === "multi" ? listDimensions(definition).map(([, single]) => single) : [definition];
  const axes = singles.map((single, i) =>
    spannedKeys(single, new Set(parts.map((key) => key[i] ?? "")), dynamicKeys),
  );
  const places = axes.map((axis) => new Map(axis.map((key, place) => [key, place])));
  const points = parts.map((key) => key.map((part, i) => places[i]?.get(part) ?? 0));
  const nameOf = (box: Box, end: 0 | 1): string =>
    box.map((span, i) => axes[i]?.[span[end]] ?? "").join(DIMENSION_SEPARATOR);
  return boxesOf(points)
    .flatMap((box) => cut(box, maxPartitions))
    .map((box) => ({ start: nameOf(box, 0), end: nameOf(box, 1) }));
}

/** All keys of one dimension from the first to the last of these, in order. */
function spannedKeys(
  single: SinglePartitions,
  keys: ReadonlySet<string>,
  dynamicKeys: DynamicKeys,
): string[] {
  if (!isTimePartitions(single)) {
    const all = [...partitionKeys(single, 0, dynamicKeys)];
    // A key that is not there is refused here.
    for (const key of keys.difference(new Set(all))) listPartitionKeysInRange(single, key, key, dynamicKeys);
    return all;
  }
  const ordered = [...subsetKeys(single, subsetOfKeys(single, keys))];
  return listPartitionKeysInRange(single, ordered[0] ?? "", ordered.at(-1) ?? "", dynamicKeys);
}

/** Boxes that hold these points and no others. What follows in the first dimension is joined where the rest is equal. */
function boxesOf(points: readonly (readonly number[])[]): Box[] {
  if (points.every((point) => point.length === 0)) return [[]];
  const rests = Map.groupBy(points, ([first]) => first ?? 0);
  const open = new Map<string, { readonly first: number; last: number; readonly rest: Box }>();
  const closed: Box[] = [];
  for (const first of [...rests.keys()].sort((a, b) => a - b)) {
    const boxes = boxesOf((rests.get(first) ?? []).map((point) => point.slice(1)));
    for (const rest of boxes) {
      const name = JSON.stringify(rest);
      const known = open.get(name);
      if (known?.last === first - 1) known.last = first;
      else {
        if (known) closed.push([[known.first, known.last], ...known.rest]);
        open.set(name, { first, last: first, rest });
      }
    }
  }
  for (const { first, last, rest } of open.values()) closed.push([[first, last], ...rest]);
  return closed.sort(byPlace);
}

function byPlace(a: Box, b: Box): number {
  for (const [i, [first]] of a.entries()) {
    const difference = first - (b[i]?.[0] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Cuts a box into such that have at most so many points, along its first dimension as far as that goes. */
function cut(box: Box, max: number): Box[] {
  const [span, ...rest] = box;
  if (!span) return [[]];
  const inRest = rest.reduce((product, [first, last]) => product * (last - first + 1), 1);
  const step = Math.max(1, Math.floor(max / inRest));
  const restBoxes = inRest > max ? cut(rest, max) : [rest];
  const boxes: Box[] = [];
  for (let first = span[0]; first <= span[1]; first += step) {
    const last = Math.min(span[1], first + step - 1);
    for (const other of restBoxes) boxes.push([[first, last], ...other]);
  }
  return boxes;
}
