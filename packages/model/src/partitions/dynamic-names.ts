import type { PartitionsDefinition, SinglePartitions } from "./definition.ts";

/** The names of the dynamic partitions that a definition is made of: of its dimensions, when it has several. */
export function dynamicNamesOf(definition: PartitionsDefinition): string[] {
  const singles: readonly SinglePartitions[] =
    definition.type === "multi" ? Object.values(definition.dimensions) : [definition];
  return singles.flatMap((single) => (single.type === "dynamic" ? [single.name] : []));
}
