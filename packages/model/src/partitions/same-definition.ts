import { isTimePartitions, type PartitionsDefinition, type TimePartitions } from "./definition.ts";
import { listDimensions } from "./multi-key.ts";
import { cronOfPartitions, formatOfPartitions } from "./window-grid.ts";

/** Whether two definitions always have the same partitions. A daily one equals a cron one that cuts the same windows. */
export function isSamePartitions(a: PartitionsDefinition | null, b: PartitionsDefinition | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (isTimePartitions(a)) {
    return isTimePartitions(b) && isSameWindows(a, b) && isSameBounds(a, b);
  }
  if (a.type === "static") {
    return (
      b.type === "static" && a.keys.length === b.keys.length && a.keys.every((key, i) => key === b.keys[i])
    );
  }
  if (a.type === "dynamic") return b.type === "dynamic" && a.name === b.name;
  if (b.type !== "multi") return false;
  const others = listDimensions(b);
  const dimensions = listDimensions(a);
  return (
    dimensions.length === others.length &&
    dimensions.every(([name, single], i) => {
      const other = others[i];
      return other !== undefined && other[0] === name && isSamePartitions(single, other[1]);
    })
  );
}

/** Whether windows with the same key are the same stretch of time: same schedule, zone, format and exclusions. */
export function isSameWindows(a: TimePartitions, b: TimePartitions): boolean {
  if (a === b) return true;
  return (
    cronOfPartitions(a) === cronOfPartitions(b) &&
    (a.timezone ?? "UTC") === (b.timezone ?? "UTC") &&
    formatOfPartitions(a) === formatOfPartitions(b) &&
    JSON.stringify(a.exclusions ?? []) === JSON.stringify(b.exclusions ?? [])
  );
}

function isSameBounds(a: TimePartitions, b: TimePartitions): boolean {
  return a.start === b.start && a.end === b.end && (a.endOffset ?? 0) === (b.endOffset ?? 0);
}
