import { explainInvalidText } from "../text-limits.ts";
import { DIMENSION_SEPARATOR } from "./multi-key.ts";
import { validatePartitionKeyText } from "./parse-definition.ts";
import { InvalidPartitionsDefinition } from "./partition-errors.ts";

/**
 * A sentence that says why a text can't be the key of a dynamic partition, or null when it can. A key must not contain
 * `|`, which joins the keys of dimensions, nor `...`, which marks ranges.
 */
export function explainInvalidDynamicKey(key: string): string | null {
  const what = `${JSON.stringify(key.slice(0, 80))} can't be the key of a partition`;
  if (key === "") return "The key of a partition can't be empty";
  const problem = explainInvalidText(key);
  if (key.includes(DIMENSION_SEPARATOR)) return `${what}: it contains "${DIMENSION_SEPARATOR}"`;
  if (problem !== null && !key.includes("\0")) return `${what}: it ${problem}`;
  try {
    validatePartitionKeyText(key);
    return null;
  } catch (error) {
    if (error instanceof InvalidPartitionsDefinition)
      return `${what}: it contains "..." or a control character`;
    throw error;
  }
}
