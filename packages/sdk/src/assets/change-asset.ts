import type { AssetKey } from "@millrace/model/asset-key";
import type { RetryPolicy } from "@millrace/model/retry-policy";
import { checkRetryPolicy } from "../computation/create-computation.ts";
import { checkKind } from "../definition/check-kind.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import type { AssetChanges } from "./asset-attributes.ts";
import type { Asset, AssetComputation } from "./asset-definition.ts";
import { readAttributes } from "./read-attributes.ts";

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
    ...attributes
  } = changes;
  const where = () => describeDefinition("asset", asset.key, asset);
  hooks?.forEach((hook, index) => checkKind(where, `hooks[${index}]`, hook, "hook"));
  if (ioManager !== null) checkKind(where, "ioManager", ioManager, "io_manager");
  // Of what is read, only what was said takes the place of what was.
  const read = readAttributes(asset.key, attributes, asset);
  const said = Object.entries(read).filter(
    ([name]) => (attributes as Readonly<Record<string, unknown>>)[name] !== undefined,
  );
  return Object.freeze({ ...asset, ...Object.fromEntries(said), computation, ioManager });
}
