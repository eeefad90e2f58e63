import type { DynamicKeys, PartitionsDefinition } from "./definition.ts";
import { DIMENSION_SEPARATOR, listDimensions } from "./multi-key.ts";
import { hasPartitionKey, partitionKeysBackward } from "./partition-keys.ts";

/**
 * Why a definition of several dimensions has no such key, and how one is written, such as
 * `: its dimension "region" has no "mars"; a key is day|region, such as "2024-01-31|eu"`. Empty for other definitions.
 *
 * @param now milliseconds since the epoch.
 * @param dynamicKeys as far as they are known; the example leaves out what is not.
 */
export function explainUnknownKey(
  definition: PartitionsDefinition,
  key: string,
  now: number,
  dynamicKeys: DynamicKeys,
): string {
  if (definition.type !== "multi") return "";
  const dimensions = listDimensions(definition);
  const names = dimensions.map(([name]) => name).join(DIMENSION_SEPARATOR);
  const examples = dimensions.map(([, single]) => {
    const [last] = partitionKeysBackward(single, now, dynamicKeys);
    return last ?? "…";
  });
  const written = `a key is ${names}, such as "${examples.join(DIMENSION_SEPARATOR)}"`;
  const parts = key.split(DIMENSION_SEPARATOR);
  const lacking = dimensions.flatMap(([name, single], i) =>
    hasPartitionKey(single, parts[i] ?? "", now, dynamicKeys)
      ? []
      : [`its dimension "${name}" has no "${parts[i]}"`],
  );
  return `: ${[...(parts.length === dimensions.length ? lacking : []), written].join("; ")}`;
}
