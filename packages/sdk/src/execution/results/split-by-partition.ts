import { ASSET_RESULT, isAssetResult, type MaterializeResult } from "../../assets/asset-result.ts";
import { InvalidStepResult } from "../scope/step-failures.ts";

/** How many missing or unknown keys an error names. */
const MAX_NAMED = 5;

/**
 * Takes apart what code returned that makes several partitions of an asset at once: a record of values or results by
 * partition key, or one result for all around it, whose metadata, tags and checks count for each. Nothing at all stands
 * for code that has stored everything itself.
 *
 * @param what The step, and for one of several assets its name, as errors say it.
 * @throws InvalidStepResult when it is neither, or leaves out a partition, or has one that was not asked for.
 */
export function splitByPartition(
  what: string,
  keys: readonly string[],
  returned: unknown,
): ReadonlyMap<string, unknown> {
  const shared = isAssetResult(returned) ? returned : null;
  const values = shared === null ? returned : "value" in shared ? shared.value : undefined;
  if (values === undefined) return new Map(keys.map((key) => [key, shared ?? undefined]));
  const record = requireKeys(what, keys, values);
  return new Map(keys.map((key) => [key, shared === null ? record[key] : join(shared, record[key])]));
}

function join(shared: Details, own: unknown): MaterializeResult<unknown> {
  const result = isAssetResult(own) ? own : null;
  return {
    [ASSET_RESULT]: "materialize",
    value: result === null ? own : "value" in result ? result.value : undefined,
    metadata: { ...shared.metadata, ...result?.metadata },
    tags: { ...shared.tags, ...result?.tags },
    dataVersion: result?.dataVersion ?? shared.dataVersion,
    checks: { ...shared.checks, ...result?.checks },
  };
}

type Details = Omit<MaterializeResult<unknown>, "value" | typeof ASSET_RESULT>;

function requireKeys(
  what: string,
  keys: readonly string[],
  values: unknown,
): Readonly<Record<string, unknown>> {
  const isRecord =
    typeof values === "object" && values !== null && !Array.isArray(values) && !(values instanceof Map);
  if (!isRecord) {
    throw new InvalidStepResult(
      `${what} makes several partitions: return an object with the value of each by its key, or nothing`,
    );
  }
  const missing = keys.filter((key) => !(key in values));
  if (missing.length > 0)
    throw new InvalidStepResult(`${what} returned no value for its partitions ${nameSome(missing)}`);
  const known = new Set(keys);
  const unknown = Object.keys(values).filter((key) => !known.has(key));
  if (unknown.length > 0)
    throw new InvalidStepResult(
      `${what} returned values for partitions that it was not asked for: ${nameSome(unknown)}`,
    );
  return values as Readonly<Record<string, unknown>>;
}

function nameSome(keys: readonly string[]): string {
  const others = keys.length - MAX_NAMED;
  return keys.slice(0, MAX_NAMED).join(", ") + (others > 0 ? ` and ${others} others` : "");
}
