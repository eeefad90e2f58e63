import { childrenOf, parentsOf, type AssetGraph, type SelectableAsset } from "./asset-graph.ts";
import type { AssetSelection, SelectionAttribute } from "./asset-selection.ts";
import { walk } from "./graph-walk.ts";
import { UnknownInSelection } from "./invalid-selection.ts";
import { createWildcard } from "./wildcard.ts";

/** Attributes that only live data can answer, such as `status`. */
export type LiveAttribute = Exclude<
  SelectionAttribute,
  "key" | "owner" | "group" | "tag" | "kind" | "code_location" | "is"
>;

export interface EvaluateOptions {
  /** Default: true. False keeps `*`, `not`, `group:`, `tag:` and `kind:` to assets that can be materialized. */
  readonly includeExternal?: boolean;
  /** Values of an asset for attributes that the graph does not hold (`column_tag` as `key=value`). Default: none can be asked for. */
  readonly liveValues?: (attribute: LiveAttribute, key: string) => readonly string[];
}

interface Evaluation {
  readonly graph: AssetGraph;
  readonly all: readonly SelectableAsset[];
  /** What `*` and `not` range over. */
  readonly universe: readonly SelectableAsset[];
  readonly liveValues: EvaluateOptions["liveValues"];
}

/**
 * The keys of the assets that a selection selects. Unknown keys select nothing. Each term takes time for every asset or
 * edge at most once.
 *
 * @throws UnknownInSelection for an attribute that nobody here can answer.
 */
export function evaluateAssetSelection(
  selection: AssetSelection,
  graph: AssetGraph,
  options: EvaluateOptions = {},
): Set<string> {
  const all = [...graph.assets.values()];
  const universe = options.includeExternal === false ? all.filter((asset) => asset.isMaterializable) : all;
  return evaluate(selection, { graph, all, universe, liveValues: options.liveValues });
}

function evaluate(selection: AssetSelection, context: Evaluation): Set<string> {
  const { graph, universe } = context;
  switch (selection.type) {
    case "all":
      return keysOf(universe);
    case "attribute":
      return evaluateAttribute(selection.attribute, selection.value, context);
    case "tag":
      return evaluateTag(selection, context);
    case "and": {
      const [first = new Set<string>(), ...rest] = selection.operands.map((operand) =>
        evaluate(operand, context),
      );
      return rest.reduce((result, operand) => result.intersection(operand), first);
    }
    case "or": {
      const result = new Set<string>();
      for (const operand of selection.operands) for (const key of evaluate(operand, context)) result.add(key);
      return result;
    }
    case "not": {
      const excluded = evaluate(selection.operand, context);
      return keysOf(universe.filter((asset) => !excluded.has(asset.key)));
    }
    case "sinks": {
      const inner = evaluate(selection.operand, context);
      return inner.difference(walk(inner, (key) => parentsOf(graph, key), null));
    }
    case "roots": {
      const inner = evaluate(selection.operand, context);
      return inner.difference(walk(inner, (key) => childrenOf(graph, key), null));
    }
    case "traversal": {
      const inner = evaluate(selection.operand, context);
      const result = new Set<string>();
      if (selection.up !== 0)
        // Upstream means "what would have to be materialized for this": external assets end up in none of it.
        for (const key of inner.union(walk(inner, (key) => parentsOf(graph, key), selection.up)))
          if (graph.assets.get(key)?.isMaterializable) result.add(key);
      if (selection.down !== 0)
        for (const key of inner.union(walk(inner, (key) => childrenOf(graph, key), selection.down)))
          result.add(key);
      return result;
    }
  }
}

function evaluateAttribute(
  attribute: Exclude<SelectionAttribute, "tag" | "column_tag">,
  value: string | null,
  { graph, all, universe, liveValues }: Evaluation,
): Set<string> {
  switch (attribute) {
    case "key": {
      if (value === null || !value.includes("*"))
        return new Set(value !== null && graph.assets.has(value) ? [value] : []);
      const matches = createWildcard(value);
      return keysOf(all.filter((asset) => matches(asset.key)));
    }
    case "group": {
      const matches = createWildcard(value ?? "");
      return keysOf(universe.filter((asset) => matches(asset.group)));
    }
    case "kind":
      return keysOf(
        universe.filter((asset) => (value === null ? asset.kinds.length === 0 : asset.kinds.includes(value))),
      );
    case "owner": // `<null>` names no owner, and unlike for kinds that selects nothing.
      return keysOf(all.filter((asset) => value !== null && asset.owners.includes(value)));
    case "code_location":
      return keysOf(all.filter((asset) => asset.codeLocation === value));
    case "is":
      return keysOf(all.filter((asset) => asset.isMaterializable === (value === "materializable")));
    default:
      return keysOf(
        all.filter((asset) => {
          const values = askLive(attribute, asset.key, liveValues);
          return value === null ? values.length === 0 : values.includes(value);
        }),
      );
  }
}

function evaluateTag(
  { attribute, key, value }: Extract<AssetSelection, { type: "tag" }>,
  { universe, liveValues }: Evaluation,
): Set<string> {
  if (value === null) return new Set();
  return keysOf(
    universe.filter((asset) =>
      attribute === "tag"
        ? Object.hasOwn(asset.tags, key) && asset.tags[key] === value
        : askLive(attribute, asset.key, liveValues).includes(`${key}=${value}`),
    ),
  );
}

function askLive(
  attribute: LiveAttribute,
  key: string,
  liveValues: EvaluateOptions["liveValues"],
): readonly string[] {
  if (!liveValues)
    throw new UnknownInSelection(`"${attribute}:" can not be used here: it asks for live data`);
  return liveValues(attribute, key);
}

function keysOf(assets: readonly SelectableAsset[]): Set<string> {
  return new Set(assets.map((asset) => asset.key));
}
