import type { AssetKey } from "@millrace/model/asset-key";
import { createAssetGraph, type AssetGraph } from "@millrace/model/selection/asset-graph";
import { evaluateAssetSelection } from "@millrace/model/selection/evaluate-asset-selection";
import { InvalidSelection, UnknownInSelection } from "@millrace/model/selection/invalid-selection";
import { parseLenientAssetSelection } from "@millrace/model/selection/lenient-asset-selection";
import type { Asset } from "../assets/asset-definition.ts";
import { checkName, type AssetCheck } from "../checks/asset-check.ts";
import { DefinitionError, describeDefinition } from "../definition/definition-error.ts";
import { DEFINITION } from "../definition/definition.ts";
import type { Job } from "./job.ts";

/** What a job over assets makes and checks. */
export interface Targets {
  readonly assets: ReadonlyMap<AssetKey, Asset>;
  readonly checks: ReadonlyMap<string, AssetCheck>;
}

/** What targets are selected from. */
export interface Selectable {
  readonly assets: ReadonlyMap<AssetKey, Asset>;
  readonly checks: ReadonlyMap<string, AssetCheck>;
  readonly assetGraph: AssetGraph;
}

/** The assets as the selection language sees them. */
export function toAssetGraph(assets: ReadonlyMap<AssetKey, Asset>): AssetGraph {
  const selectable = [...assets.values()].map((asset) => ({
    key: asset.key,
    deps: asset.dependencies.map((dependency) => dependency.key),
    group: asset.group,
    tags: asset.tags,
    kinds: asset.kinds,
    owners: asset.owners,
    codeLocation: "",
    isMaterializable: asset.computation !== null,
  }));
  return createAssetGraph(selectable);
}

/**
 * The assets that a job makes, and the checks on them.
 *
 * @param job Null: everything that can be made or observed.
 * @throws DefinitionError when the job selects something that does not exist, or its selection can not be read.
 */
export function selectTargets(from: Selectable, job: Job | null): Targets {
  const assets = new Map<AssetKey, Asset>();
  const checks = new Map<string, AssetCheck>();
  for (const item of listSelected(from, job)) {
    if (typeof item === "string") {
      for (const asset of selectByText(from, item, job)) assets.set(asset.key, asset);
    } else if (item[DEFINITION] === "asset_check") {
      if (from.checks.get(checkName(item)) !== item) throw unknown(job, "asset check", checkName(item), item);
      checks.set(checkName(item), item);
    } else {
      if (from.assets.get(item.key) !== item) throw unknown(job, "asset", item.key, item);
      assets.set(item.key, item);
    }
  }
  for (const [key, asset] of assets) if (asset.computation === null) assets.delete(key);
  for (const check of from.checks.values())
    if (assets.has(check.assetKey)) checks.set(checkName(check), check);
  return { assets, checks };
}

function listSelected(from: Selectable, job: Job | null): readonly (Asset | AssetCheck | string)[] {
  if (job === null) return [...from.assets.values()];
  if (job.target.kind === "ops") return [];
  const { selection } = job.target;
  return typeof selection === "string" ? [selection] : selection;
}

function selectByText(from: Selectable, text: string, job: Job | null): Asset[] {
  try {
    const selection = parseLenientAssetSelection(text, from.assetGraph);
    if (selection.type === "attribute" && selection.attribute === "key" && !isPattern(selection.value)) {
      const asset = from.assets.get(selection.value as AssetKey);
      if (asset === undefined) throw new UnknownInSelection(`There is no asset "${selection.value}"`);
    }
    const keys = evaluateAssetSelection(selection, from.assetGraph);
    const isOneKey = selection.type === "attribute" && selection.attribute === "key";
    // Observing and making are different things to do: only who names an observable asset observes it.
    return [...from.assets.values()].filter(
      (asset) => keys.has(asset.key) && (isOneKey || asset.computation?.kind === "materialize"),
    );
  } catch (error) {
    if (!(error instanceof InvalidSelection || error instanceof UnknownInSelection)) throw error;
    throw new DefinitionError(
      error instanceof InvalidSelection ? "invalid_selection" : "unknown_asset",
      `${describeDefinition("job", job?.name ?? "", job)}: ${error.message}`,
    );
  }
}

function isPattern(value: string | null): boolean {
  return value === null || value.includes("*");
}

function unknown(
  job: Job | null,
  what: string,
  name: string,
  definition: Asset | AssetCheck,
): DefinitionError {
  return new DefinitionError(
    "unknown_asset",
    `${describeDefinition("job", job?.name ?? "", job)} selects ${describeDefinition(what, name, definition)}, which is not among the definitions`,
  );
}
