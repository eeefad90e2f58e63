import type { Metadata } from "@millrace/model/metadata";
import { SCHEMA_CHECK } from "../../assets/value-schema.ts";
import type { PlannedOutput } from "../plan/execution-plan.ts";
import type { RunScope } from "../scope/run-scope.ts";
import { InvalidAssetValue } from "../scope/step-failures.ts";
import type { StepScope } from "../scope/step-scope.ts";
import { type CheckResults, emitCheck } from "./report-checks.ts";
import { Validation } from "./validation.ts";

/** What came of storing a value that may have a schema. */
interface StoredValue {
  readonly metadata: Metadata;
  /** What the check of the schema says, by its name. */
  readonly checks: CheckResults;
}

/**
 * Stores the value of an asset unless it does not match the asset's schema. The rows of a stream are looked at while they are
 * stored, so that none are held in memory for it.
 *
 * @throws InvalidAssetValue after the check was reported.
 */
export async function storeValid(
  scope: RunScope,
  step: StepScope,
  output: PlannedOutput,
  value: unknown,
  store: (value: unknown) => Promise<Metadata>,
): Promise<StoredValue> {
  const { asset } = output;
  if (asset === null || asset.schema === null) return { metadata: await store(value), checks: {} };
  const validation = new Validation(asset.schema);
  const refuse = (): never => {
    const check = step.planned.checks.find(
      ({ assetKey, name }) => assetKey === asset.key && name === SCHEMA_CHECK,
    );
    if (check) emitCheck(scope, step, check, validation.result());
    throw new InvalidAssetValue(`Nothing of asset "${asset.key}" was stored. ${validation.describe()}`);
  };
  const rows = rowsOf(value);
  if (rows === null) {
    await validation.checkValue(value);
    if (validation.refuses) refuse();
    return { metadata: await store(value), checks: { [SCHEMA_CHECK]: validation.result() } };
  }
  try {
    const metadata = await store(validation.checkRows(rows));
    return { metadata, checks: { [SCHEMA_CHECK]: validation.result() } };
  } catch (error) {
    if (validation.refuses) refuse();
    throw error;
  }
}

/** The rows of a value that gives them one after the other; null when it is there as a whole. */
function rowsOf(value: unknown): AsyncIterable<unknown> | Iterable<unknown> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  if (Symbol.asyncIterator in value) return value as AsyncIterable<unknown>;
  return Symbol.iterator in value && "next" in value ? (value as Iterable<unknown>) : null;
}
