import type { DynamicKeys, PartitionsDefinition } from "@millrace/model/partitions/definition";
import { explainUnknownKey } from "@millrace/model/partitions/explain-unknown-key";
import { hasPartitionKey } from "@millrace/model/partitions/partition-keys";
import { UnknownDefinition } from "../api/unknown-definition.ts";

/** What decides which partitions exist: the time (milliseconds since the epoch) and the present dynamic keys. */
export interface PartitionsView {
  readonly now: number;
  readonly dynamicKeys: DynamicKeys;
}

/**
 * Lets a key pass that a definition has.
 *
 * @param what such as `Asset "orders"`, for the message.
 * @throws UnknownDefinition
 */
export function requirePartition(
  what: string,
  definition: PartitionsDefinition,
  key: string,
  { now, dynamicKeys }: PartitionsView,
): void {
  if (hasPartitionKey(definition, key, now, dynamicKeys)) return;
  const hint =
    definition.type === "dynamic"
      ? `: add it with \`millrace partitions add ${definition.name} KEY\``
      : explainUnknownKey(definition, key, now, dynamicKeys);
  throw new UnknownDefinition(`${what} has no partition "${key}"${hint}`);
}
