import type { AssetKey } from "@millrace/model/asset-key";
import type { RetryPolicy } from "@millrace/model/retry-policy";
import { checkRetryPolicy } from "../computation/create-computation.ts";
import { checkKind } from "../definition/check-kind.ts";
import { checkOption } from "../definition/check-option.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { toMetadata } from "../metadata/to-metadata.ts";
import type { AssetChanges } from "./asset-attributes.ts";
import type { Asset, AssetComputation } from "./asset-definition.ts";
import { readAttributes } from "./read-attributes.ts";
import { schemaMetadata } from "./schema-metadata.ts";
import {
  InvalidSchema,
  parseSchema,
  SCHEMA_CHECK,
  type SchemaInput,
  withSchemaCheck,
} from "./value-schema.ts";

/** What changes of an asset, with what only defaults say of its step. */
export interface StepChanges extends AssetChanges {
  readonly fallbackRetryPolicy?: RetryPolicy;
}

/**
 * The same asset with other attributes, to be listed in its place.
 *
 * @throws DefinitionError for one that a multi-asset makes: its others would be made by another step. See `mapAssets`.
 */
export function changeOne(asset: Asset, changes: AssetChanges): Asset {
  const { computation } = asset;
  if (computation === null) return changeAsset(asset, changes, null);
  if (computation.outputs.size > 1)
    throw new DefinitionError(
      "invalid_option",
      `${describeDefinition("asset", asset.key, asset)} is made with others by step "${computation.stepKey}": change it with mapAssets(definitions, …)`,
    );
  const changed = new Map<AssetKey, Asset>();
  changeComputation(computation, new Map([[asset.key, changes]]), changed);
  return changed.get(asset.key) ?? asset;
}

/** The step of assets of which some change; adds what becomes of each to `changed`. */
export function changeComputation(
  computation: AssetComputation,
  changes: ReadonlyMap<AssetKey, StepChanges>,
  changed: Map<AssetKey, Asset>,
): AssetComputation {
  const assets = [...computation.outputs.values()];
  if (!assets.some(({ key }) => changes.has(key))) return computation;
  const outputs = new Map<string, Asset>();
  const steps = assets.map(({ key }): StepChanges => changes.get(key) ?? {});
  const { stepKey, source } = computation;
  const retryPolicy = steps.findLast((each) => each.retryPolicy !== undefined)?.retryPolicy;
  const made: AssetComputation = Object.freeze({
    ...computation,
    outputs,
    retryPolicy: checkRetryPolicy("step", stepKey, retryPolicy, source) ?? computation.retryPolicy,
    hooks: steps.findLast((each) => each.hooks !== undefined)?.hooks ?? computation.hooks,
    fallbackRetryPolicy:
      steps.findLast((each) => each.fallbackRetryPolicy !== undefined)?.fallbackRetryPolicy ??
      computation.fallbackRetryPolicy,
    pool: steps.findLast((each) => each.pool !== undefined)?.pool ?? computation.pool,
  });
  for (const [name, asset] of computation.outputs) {
    const next = changeAsset(asset, changes.get(asset.key) ?? {}, made);
    outputs.set(name, next);
    changed.set(asset.key, next);
  }
  return made;
}

/** One asset with its changes, made by a step that has been changed already. */
export function changeAsset(asset: Asset, changes: StepChanges, computation: AssetComputation | null): Asset {
  const {
    retryPolicy: _retryPolicy,
    fallbackRetryPolicy: _fallbackRetryPolicy,
    hooks,
    pool: _pool,
    ioManager = asset.ioManager,
    schema: schemaInput,
    ...attributes
  } = changes;
  const where = () => describeDefinition("asset", asset.key, asset);
  hooks?.forEach((hook, index) => checkKind(where, `hooks[${index}]`, hook, "hook"));
  if (ioManager !== null) checkKind(where, "ioManager", ioManager, "io_manager");
  const judged = schemaInput === undefined ? null : changeSchema(asset, schemaInput);
  // Of what is read, only what was said takes the place of what was.
  const read = readAttributes(asset.key, attributes, { ...asset, ...judged });
  const said = Object.entries(read).filter(
    ([name]) => (attributes as Readonly<Record<string, unknown>>)[name] !== undefined,
  );
  return Object.freeze({ ...asset, ...judged, ...Object.fromEntries(said), computation, ioManager });
}

/** What becomes of an asset with another schema: its check, and the columns that it describes. */
function changeSchema(asset: Asset, input: SchemaInput): Pick<Asset, "schema" | "checks" | "metadata"> {
  return checkOption("asset", asset.key, asset.source, () => {
    if (asset.computation?.kind !== "materialize")
      throw new InvalidSchema("`schema` judges the value that a run makes, and none makes this asset");
    const schema = parseSchema(input);
    const own =
      asset.schema === null ? asset.checks : asset.checks.filter(({ name }) => name !== SCHEMA_CHECK);
    const metadata = { ...asset.metadata, ...toMetadata(schemaMetadata(schema)) };
    return { schema, checks: withSchemaCheck(own, schema), metadata };
  });
}
