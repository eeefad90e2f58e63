import { createAssetGraph, type AssetGraph, type SelectableAsset } from "../selection/asset-graph.ts";
import { evaluateAssetSelection } from "../selection/evaluate-asset-selection.ts";
import { parseAssetSelection } from "../selection/parse-asset-selection.ts";
import type { AutomationAssets } from "./asset-state-view.ts";
import type { DepsCondition, DepsSelection } from "./condition.ts";

/** Whether a condition about dependencies looks at this one. */
export function isCountedDep(
  assets: AutomationAssets,
  { allow, ignore }: DepsCondition,
  key: string,
): boolean {
  const isAllowed = allow === undefined || isSelected(assets, allow, key);
  return isAllowed && (ignore === undefined || !isSelected(assets, ignore, key));
}

/**
 * Reads a selection of dependencies, to find out whether it is one.
 *
 * @throws InvalidSelection
 * @throws UnknownInSelection when it asks for live data, such as `status:`.
 */
export function checkDepsSelection(text: string): void {
  evaluateAssetSelection(parseAssetSelection(text), createAssetGraph([ANY_ASSET]));
}

/** Attributes that nobody can answer show when they are asked of an asset, whichever it is. */
const ANY_ASSET: SelectableAsset = {
  key: "any",
  deps: [],
  group: "",
  tags: {},
  kinds: [],
  owners: [],
  codeLocation: "",
  isMaterializable: true,
};

/** What both select. */
export function intersectDeps(one: DepsSelection, other: DepsSelection): DepsSelection {
  if (typeof one === "string" || typeof other === "string") return `(${textOf(one)}) and (${textOf(other)})`;
  return one.filter((key) => other.includes(key));
}

/** What either selects. */
export function uniteDeps(one: DepsSelection, other: DepsSelection): DepsSelection {
  if (typeof one === "string" || typeof other === "string") return `(${textOf(one)}) or (${textOf(other)})`;
  return [...one, ...other];
}

function textOf(selection: DepsSelection): string {
  if (typeof selection === "string") return selection;
  return selection.length === 0 ? "not *" : selection.map((key) => `key:"${key}"`).join(" or ");
}

interface Selections {
  readonly graph: AssetGraph;
  /** By text. */
  readonly selected: Map<string, ReadonlySet<string>>;
}

/** What texts select is worked out once for as long as definitions stay the same. */
const selections = new WeakMap<AutomationAssets, Selections>();

function isSelected(assets: AutomationAssets, selection: DepsSelection, key: string): boolean {
  if (typeof selection !== "string") return selection.includes(key);
  let known = selections.get(assets);
  if (!known) {
    known = { graph: graphOf(assets), selected: new Map() };
    selections.set(assets, known);
  }
  let selected = known.selected.get(selection);
  if (!selected) {
    selected = evaluateAssetSelection(parseAssetSelection(selection), known.graph);
    known.selected.set(selection, selected);
  }
  return selected.has(key);
}

function graphOf(assets: AutomationAssets): AssetGraph {
  const selectable = [...assets.values()].filter(({ job }) => job === null);
  return createAssetGraph(
    selectable.map(({ isExternal, dependencies, ...asset }) => ({
      ...asset,
      deps: dependencies.map((dependency) => dependency.key),
      isMaterializable: !isExternal,
    })),
  );
}
