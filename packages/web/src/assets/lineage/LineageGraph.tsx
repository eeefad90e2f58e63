import "@xyflow/react/dist/base.css";
import { useComputedColorScheme } from "@mantine/core";
import {
  Background,
  Controls,
  type Edge,
  type Node,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { useEffect, useRef } from "react";
import type { AssetNode } from "../filter-assets.ts";
import { AssetBox, GroupBox } from "./LineageNodes.tsx";
import { type Box, type LineageDirection, type LineageLayout, listEdges } from "./lineage-layout.ts";
import { MAX_ELK_ASSETS } from "./use-lineage-layout.ts";
import styles from "./Lineage.module.css";

/** Boxes never get bigger than they are; small graphs would look shouted. */
const FIT = { padding: 0.06, maxZoom: 1 };
/** Nodes that can be neither dragged nor selected let the pointer through unless told otherwise. */
const TAKES_CLICKS = { pointerEvents: "all" } as const;
/** A graph too large to be read as a whole begins with its first columns. */
const LARGE_START = { x: 24, y: 240, zoom: 0.7 };
const REVEAL_MARGIN = 24;
const NODE_TYPES = { asset: AssetBox, assetGroup: GroupBox };

/** The drawing itself: only what is in view is in the page. */
export function LineageGraph(props: {
  readonly assets: readonly AssetNode[];
  readonly layout: LineageLayout;
  readonly direction: LineageDirection;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (key: string, add: boolean) => void;
  readonly onClear: () => void;
}) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

function Drawing(props: Parameters<typeof LineageGraph>[0]) {
  const { assets, layout, direction, selected, onSelect } = props;
  const scheme = useComputedColorScheme("light");
  const lit = selected.size > 0;
  const large = assets.length > MAX_ELK_ASSETS;
  return (
    <ReactFlow
      className={styles["flow"] ?? ""}
      colorMode={scheme}
      nodes={toNodes({ assets, layout, direction, selected, onSelect })}
      edges={toEdges(assets, selected, lit)}
      nodeTypes={NODE_TYPES}
      onPaneClick={props.onClear}
      onlyRenderVisibleElements
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      minZoom={0.05}
      maxZoom={1.6}
      fitView={!large}
      fitViewOptions={FIT}
      defaultViewport={LARGE_START}
      proOptions={{ hideAttribution: true }}
    >
      {large ? null : <FitOnChange layout={layout} narrowed={direction === "DOWN" && lit} />}
      {direction === "RIGHT" ? (
        <RevealSelected box={layout.assets.get([...selected].at(-1) ?? "") ?? null} />
      ) : null}
      <Background gap={22} size={1.2} />
      <Controls showInteractive={false} position="bottom-left" />
    </ReactFlow>
  );
}

/** Shows the whole drawing when it was laid out anew, or when the panel below took or gave back its room. */
function FitOnChange({ layout, narrowed }: { readonly layout: LineageLayout; readonly narrowed: boolean }) {
  const { fitView } = useReactFlow();
  const fitted = useRef({ layout, narrowed });
  useEffect(() => {
    if (fitted.current.layout === layout && fitted.current.narrowed === narrowed) return;
    fitted.current = { layout, narrowed };
    requestAnimationFrame(() => void fitView(FIT));
  }, [layout, narrowed, fitView]);
  return null;
}

/** Moves the drawing just so far that a selected asset does not hide behind the right edge, where the panel begins. */
function RevealSelected({ box }: { readonly box: Box | null }) {
  const { getViewport, setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  useEffect(() => {
    if (box === null) return;
    const viewport = getViewport();
    const hidden = (box.x + box.width) * viewport.zoom + viewport.x - width + REVEAL_MARGIN;
    if (hidden > 0) void setViewport({ ...viewport, x: viewport.x - hidden }, { duration: 150 });
  }, [box, width, getViewport, setViewport]);
  return null;
}

function toNodes({
  assets,
  layout,
  direction,
  selected,
  onSelect,
}: Omit<Parameters<typeof LineageGraph>[0], "onClear">): Node[] {
  const groups = [...layout.groups].map(([group, box]): Node => ({
    id: `group:${group}`,
    type: "assetGroup",
    position: { x: box.x, y: box.y },
    width: box.width,
    height: box.height,
    data: { group },
    zIndex: -1,
  }));
  const boxes = assets.flatMap((asset): Node[] => {
    const box = layout.assets.get(asset.key);
    if (!box) return [];
    const { x, y, width, height } = box;
    return [
      {
        id: asset.key,
        type: "asset",
        position: { x, y },
        width,
        height,
        // Known sizes: otherwise every node is drawn once to be measured, however many there are.
        measured: { width, height },
        handles: handlesOf(width, height, direction),
        style: TAKES_CLICKS,
        data: { asset, direction, selected: selected.has(asset.key), onSelect },
      },
    ];
  });
  return [...groups, ...boxes];
}

function toEdges(assets: readonly AssetNode[], selected: ReadonlySet<string>, lit: boolean): Edge[] {
  return listEdges(assets).map(([source, target]) => {
    const near = selected.has(source) || selected.has(target);
    return {
      id: `${source} → ${target}`,
      source,
      target,
      className: (near ? styles["edgeNear"] : lit ? styles["edgeFar"] : "") ?? "",
    };
  });
}

function handlesOf(width: number, height: number, direction: LineageDirection): NonNullable<Node["handles"]> {
  return direction === "DOWN"
    ? [
        { type: "target", position: Position.Top, x: width / 2, y: 0, width: 1, height: 1 },
        { type: "source", position: Position.Bottom, x: width / 2, y: height, width: 1, height: 1 },
      ]
    : [
        { type: "target", position: Position.Left, x: 0, y: height / 2, width: 1, height: 1 },
        { type: "source", position: Position.Right, x: width, y: height / 2, width: 1, height: 1 },
      ];
}
