import { isTimePartitions, type PartitionsDefinition, type PartitionWindow } from "../definition.ts";
import { isSameWindows } from "../same-definition.ts";
import type { PartitionsView } from "../subset-keys.ts";
import { joinWindows } from "../subset.ts";
import {
  existingWindows,
  windowGrid,
  windowsBackFrom,
  windowsFrom,
  type WindowGrid,
} from "../window-grid.ts";
import { MappingDoesNotFit, type TimeWindowMapping } from "./mapping.ts";

/** The grids of both sides of a time-window mapping. */
interface Grids {
  readonly upstream: WindowGrid;
  readonly downstream: WindowGrid;
  /** Windows of both sides coincide, and are not moved. */
  readonly isOneToOne: boolean;
}

/** The grids, checked to be of the same time zone. @throws MappingDoesNotFit */
export function gridsOf(
  mapping: TimeWindowMapping,
  upstream: PartitionsDefinition | null,
  downstream: PartitionsDefinition | null,
): Grids {
  if (!upstream || !downstream || !isTimePartitions(upstream) || !isTimePartitions(downstream)) {
    throw new MappingDoesNotFit(mapping, "both sides must be partitioned by time");
  }
  const isMoved = (mapping.startOffset ?? 0) !== 0 || (mapping.endOffset ?? 0) !== 0;
  const grids = {
    upstream: windowGrid(upstream),
    downstream: windowGrid(downstream),
    isOneToOne: !isMoved && isSameWindows(upstream, downstream),
  };
  if (grids.upstream.zone !== grids.downstream.zone) {
    const zones = `${grids.upstream.zone.name} and ${grids.downstream.zone.name}`;
    throw new MappingDoesNotFit(mapping, `the time zones differ (${zones})`);
  }
  return grids;
}

/**
 * The upstream windows that the downstream ranges need, whether or not they exist: those that overlap a range after its
 * start and end were moved. A move is limited to the upstream windows that exist, so that the first windows of an asset
 * that looks back do not wait for ones that never were; without a move there is no limit.
 */
export function requiredUpstream(
  mapping: TimeWindowMapping,
  { upstream, downstream, isOneToOne }: Grids,
  ranges: readonly PartitionWindow[],
  view: PartitionsView,
): readonly PartitionWindow[] {
  if (isOneToOne) return ranges;
  const { startOffset = 0, endOffset = 0 } = mapping;
  const existing = existingWindows(upstream, view.now);
  const limited = (moved: number, offset: number): number => {
    if (offset < 0 && existing) return Math.max(moved, existing.start);
    return offset > 0 && existing ? Math.min(moved, existing.end) : moved;
  };
  const required = ranges.flatMap((range) => {
    const start = limited(moveStart(downstream, range.start, startOffset), startOffset);
    const end = limited(moveEnd(downstream, range.end, endOffset), endOffset);
    return overlapping(upstream, { start, end });
  });
  return joinWindows(required);
}

/** The downstream windows that, each taken alone and without a limit, need one of the upstream windows in `ranges`. */
export function dependentDownstream(
  mapping: TimeWindowMapping,
  { downstream, isOneToOne }: Grids,
  ranges: readonly PartitionWindow[],
): readonly PartitionWindow[] {
  if (isOneToOne) return ranges;
  const { startOffset = 0, endOffset = 0 } = mapping;
  if (startOffset > endOffset) return []; // The moved window is empty.
  const dependent = ranges.flatMap((range) => {
    const [touched] = overlapping(downstream, range);
    if (!touched) return [];
    // A window is touched once moved; so go back from the windows where it lands.
    const start = moveStart(downstream, touched.start, -endOffset);
    const end = moveEnd(downstream, touched.end, -startOffset);
    return start < end ? [{ start, end }] : [];
  });
  return joinWindows(dependent);
}

/** From the start of the first to the end of the last window that overlaps a stretch of time, as a list of one or none. */
function overlapping(grid: WindowGrid, { start, end }: PartitionWindow): PartitionWindow[] {
  if (start >= end) return [];
  const before = windowsBackFrom(grid, start).next().value;
  const first = before && before.end > start ? before : windowsFrom(grid, start).next().value;
  const last = windowsBackFrom(grid, end - 1).next().value;
  return first && last && first.start <= last.start ? [{ start: first.start, end: last.end }] : [];
}

/** The start of the window that lies `offset` windows after the one that starts at `start`. */
function moveStart(grid: WindowGrid, start: number, offset: number): number {
  if (offset === 0) return start;
  const windows =
    offset > 0 ? windowsFrom(grid, start).drop(offset) : windowsBackFrom(grid, start).drop(-offset);
  return windows.next().value?.start ?? start;
}

/** The end of the window that lies `offset` windows after the one that ends at `end`. */
function moveEnd(grid: WindowGrid, end: number, offset: number): number {
  if (offset === 0) return end;
  const last = windowsBackFrom(grid, end - 1).next().value;
  if (!last) return end;
  const windows =
    offset > 0 ? windowsFrom(grid, last.start).drop(offset) : windowsBackFrom(grid, last.start).drop(-offset);
  return windows.next().value?.end ?? end;
}
