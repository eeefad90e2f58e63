import type { PartitionsDefinition } from "./definition.ts";
import { countPartitionKeys } from "./partition-keys.ts";

/** Partitions that an asset or job may have at any time: 570 years of hours. */
export const MAX_PARTITIONS = 5_000_000;

/**
 * A sentence that says that something has too many partitions, or null when it has not. Keys of dynamic partitions are not known
 * here; a dimension of them counts as one.
 *
 * @param what such as `Asset "orders"`; asked only when there is such a sentence.
 * @param now milliseconds since the epoch.
 */
export function explainTooManyPartitions(
  what: () => string,
  definition: PartitionsDefinition,
  now: number,
): string | null {
  const count = countPartitionKeys(withoutDynamic(definition), now);
  if (count <= MAX_PARTITIONS) return null;
  const shown = count.toLocaleString("en", { maximumFractionDigits: 0 });
  return `${what()} has ${shown} partitions; at most ${MAX_PARTITIONS.toLocaleString("en")} are possible`;
}

function withoutDynamic(definition: PartitionsDefinition): PartitionsDefinition {
  if (definition.type === "dynamic") return { type: "static", keys: [""] };
  if (definition.type !== "multi") return definition;
  const dimensions = Object.entries(definition.dimensions).map(
    ([name, single]) =>
      [name, single.type === "dynamic" ? ({ type: "static", keys: [""] } as const) : single] as const,
  );
  return { ...definition, dimensions: Object.fromEntries(dimensions) };
}
