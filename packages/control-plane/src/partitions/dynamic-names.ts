import type DataLoader from "dataloader";
import type { DynamicKeys, PartitionsDefinition } from "@millrace/model/partitions/definition";
import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import type { ServingSnapshot } from "../locations/serving-snapshot.ts";

/** The names of the dynamic partitions that a definition is made of, as the snapshot carries it. */
function readDynamicNames(json: string): string[] {
  return json.includes('"dynamic"') ? dynamicNamesOf(JSON.parse(json) as PartitionsDefinition) : [];
}

/** The present keys of the dynamic partitions that a definition is made of. */
export async function loadDynamicKeys(
  keys: DataLoader<string, readonly string[]>,
  json: string,
): Promise<DynamicKeys> {
  const names = readDynamicNames(json);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await keys.load(name)] as const)),
  );
}

/** The names of all dynamic partitions that the locations define, in order. */
export function listDynamicNames(locations: readonly ServingSnapshot[]): string[] {
  const definitions = new Set(
    locations.flatMap(({ snapshot }) =>
      [...snapshot.assets, ...snapshot.jobs].flatMap(({ partitions }) =>
        partitions ? [partitions.json] : [],
      ),
    ),
  );
  return [...new Set([...definitions].flatMap(readDynamicNames))].sort();
}
