import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";

/** What a layout needs to know of an asset. */
export interface LineageAsset {
  readonly key: string;
  readonly group: string;
  readonly dependencies: readonly string[];
}

/** Where downstream is: to the right, or below on narrow screens. */
export type LineageDirection = "RIGHT" | "DOWN";

/** A place on the drawing; `x` and `y` are those of the upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LineageLayout {
  readonly assets: ReadonlyMap<string, Box>;
  readonly groups: ReadonlyMap<string, Box>;
}

export const NODE_WIDTH = 210;
export const NODE_HEIGHT = 64;
const GROUP_PREFIX = "group:";
const COLUMN_GAP = 48;
const ROW_GAP = 18;
/** Said for every box anew: ELK does not hand it down. */
const SPACING = {
  "elk.layered.spacing.nodeNodeBetweenLayers": String(COLUMN_GAP),
  "elk.spacing.nodeNode": String(ROW_GAP),
};

/** The graph as ELK takes it: a box for each group when there are several, and only edges between assets that are shown. */
export function toElkGraph(assets: readonly LineageAsset[], direction: LineageDirection): ElkNode {
  const groups = [...new Set(assets.map((asset) => asset.group))];
  const toNode = (asset: LineageAsset): ElkNode => ({
    id: asset.key,
    width: NODE_WIDTH,
    height: NODE_HEIGHT,
  });
  const children =
    groups.length > 1
      ? groups.map((group): ElkNode => ({
          id: GROUP_PREFIX + group,
          children: assets.filter((asset) => asset.group === group).map(toNode),
          layoutOptions: { ...SPACING, "elk.padding": "[top=38,left=16,bottom=16,right=16]" },
        }))
      : assets.map(toNode);
  return {
    id: "root",
    children,
    edges: listEdges(assets).map(([from, to]): ElkExtendedEdge => ({
      id: `${from} → ${to}`,
      sources: [from],
      targets: [to],
    })),
    layoutOptions: {
      "elk.algorithm": "layered",
      "elk.direction": direction,
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      ...SPACING,
      "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
    },
  };
}

/** Where ELK put everything, in coordinates of the whole drawing. */
export function fromElkGraph(graph: ElkNode): LineageLayout {
  const assets = new Map<string, Box>();
  const groups = new Map<string, Box>();
  for (const node of graph.children ?? []) {
    if (!node.id.startsWith(GROUP_PREFIX)) {
      assets.set(node.id, toBox(node, 0, 0));
      continue;
    }
    const box = toBox(node, 0, 0);
    groups.set(node.id.slice(GROUP_PREFIX.length), box);
    for (const child of node.children ?? []) assets.set(child.id, toBox(child, box.x, box.y));
  }
  return { assets, groups };
}

/** Pairs of upstream and downstream asset, both among `assets`. */
export function listEdges(assets: readonly LineageAsset[]): [from: string, to: string][] {
  const keys = new Set(assets.map((asset) => asset.key));
  return assets.flatMap((asset) =>
    asset.dependencies.filter((key) => keys.has(key)).map((key): [string, string] => [key, asset.key]),
  );
}

/**
 * A layout in linear time for graphs that ELK takes too long for: each asset stands one column right of its furthest upstream
 * asset, and beside the middle of its upstream assets. No boxes for groups. Assets of a cycle (which no definitions have) stand
 * in the first column.
 */
export function layoutInColumns(assets: readonly LineageAsset[]): LineageLayout {
  const columns = assignColumns(assets);
  const upstream = new Map<string, string[]>();
  for (const [from, to] of listEdges(assets)) upstream.set(to, [...(upstream.get(to) ?? []), from]);
  const boxes = new Map<string, Box>();
  for (const [column, members] of [...Map.groupBy(assets, (asset) => columns.get(asset.key) ?? 0)].sort(
    ([a], [b]) => a - b,
  )) {
    const wanted = members.map((asset) => {
      const above = (upstream.get(asset.key) ?? []).map((key) => boxes.get(key)?.y ?? 0);
      return {
        key: asset.key,
        y: above.length === 0 ? 0 : above.reduce((sum, y) => sum + y, 0) / above.length,
      };
    });
    let free = Number.NEGATIVE_INFINITY;
    for (const { key, y } of wanted.sort((a, b) => a.y - b.y)) {
      const top = Math.max(y, free);
      boxes.set(key, {
        x: column * (NODE_WIDTH + COLUMN_GAP),
        y: top,
        width: NODE_WIDTH,
        height: NODE_HEIGHT,
      });
      free = top + NODE_HEIGHT + ROW_GAP;
    }
  }
  return { assets: boxes, groups: new Map() };
}

function assignColumns(assets: readonly LineageAsset[]): Map<string, number> {
  const downstream = new Map<string, string[]>();
  const waiting = new Map(assets.map((asset) => [asset.key, 0]));
  for (const [from, to] of listEdges(assets)) {
    downstream.set(from, [...(downstream.get(from) ?? []), to]);
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
  }
  const columns = new Map<string, number>();
  const ready = assets.filter((asset) => waiting.get(asset.key) === 0).map((asset) => asset.key);
  for (const key of ready) columns.set(key, 0);
  for (let index = 0; index < ready.length; index += 1) {
    const key = ready[index] ?? "";
    for (const next of downstream.get(key) ?? []) {
      columns.set(next, Math.max(columns.get(next) ?? 0, (columns.get(key) ?? 0) + 1));
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return columns;
}

function toBox(node: ElkNode, x: number, y: number): Box {
  return {
    x: x + (node.x ?? 0),
    y: y + (node.y ?? 0),
    width: node.width ?? NODE_WIDTH,
    height: node.height ?? NODE_HEIGHT,
  };
}
