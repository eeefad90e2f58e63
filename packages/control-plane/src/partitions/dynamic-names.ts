import type DataLoader from "dataloader";
import type { PartitionsDefinition } from "@millrace/model/partitions/definition";
import { dynamicNamesOf } from "@millrace/model/partitions/dynamic-names";
import type { DynamicNumbers, NumberedKeys } from "@millrace/model/partitions/partition-places";
import type { LocationSnapshot } from "@millrace/protocol/gen/millrace/code/v1/code_pb";
import type { ServingSnapshot } from "../locations/serving-snapshot.ts";

/** The names of the dynamic partitions that a definition is made of, as the snapshot carries it. */
function readDynamicNames(json: string): string[] {
  return json.includes('"dynamic"') ? dynamicNamesOf(JSON.parse(json) as PartitionsDefinition) : [];
}

/** The present keys of the dynamic partitions that a definition is made of, with their numbers. */
export async function loadDynamicNumbers(
  numbers: DataLoader<string, NumberedKeys>,
  json: string,
): Promise<DynamicNumbers> {
  const names = readDynamicNames(json);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await numbers.load(name)] as const)),
  );
}

/** Names are kept as long as the decoded snapshot itself: launches ask for them, and there may be ten thousand assets. */
const namesOfSnapshots = new WeakMap<LocationSnapshot, readonly string[]>();

/** The names of all dynamic partitions that the locations define, in order. */
export function listDynamicNames(locations: readonly Pick<ServingSnapshot, "snapshot">[]): string[] {
  return [...new Set(locations.flatMap(({ snapshot }) => namesOf(snapshot)))].sort();
}

function namesOf(snapshot: LocationSnapshot): readonly string[] {
  const known = namesOfSnapshots.get(snapshot);
  if (known !== undefined) return known;
  const definitions = new Set(
    [...snapshot.assets, ...snapshot.jobs].flatMap(({ partitions }) => (partitions ? [partitions.json] : [])),
  );
  const names = [...definitions].flatMap(readDynamicNames);
  namesOfSnapshots.set(snapshot, names);
  return names;
}
