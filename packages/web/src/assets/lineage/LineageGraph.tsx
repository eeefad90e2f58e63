import "@xyflow/react/dist/base.css";
import { useComputedColorScheme } from "@mantine/core";
import { Background, Controls, type Edge, type Node, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import type { AssetNode } from "../filter-assets.ts";
import { AssetBox, GroupBox } from "./LineageNodes.tsx";
import { type LineageLayout, listEdges } from "./lineage-layout.ts";
import styles from "./Lineage.module.css";

/** Boxes never get bigger than they are; small graphs would look shouted. */
const FIT = { padding: 0.06, maxZoom: 1 };
const NODE_TYPES = { asset: AssetBox, assetGroup: GroupBox };

/** The drawing itself: only what is in view is in the page. */
export function LineageGraph(props: {
  readonly assets: readonly AssetNode[];
  readonly layout: LineageLayout;
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
  const { assets, layout, selected, onSelect } = props;
  const scheme = useComputedColorScheme("light");
  const lit = selected.size > 0;
  return (
    <ReactFlow
      className={styles["flow"] ?? ""}
      colorMode={scheme}
      nodes={toNodes(assets, layout, selected, onSelect)}
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
      fitView
      fitViewOptions={FIT}
      proOptions={{ hideAttribution: true }}
    >
      <FitOnChange layout={layout} />
      <Background gap={22} size={1.2} />
      <Controls showInteractive={false} position="bottom-left" />
    </ReactFlow>
  );
}

/** Shows the whole drawing again when it was laid out anew: another filter, other assets. */
function FitOnChange({ layout }: { readonly layout: LineageLayout }) {
  const { fitView } = useReactFlow();
  const first = useRef(layout);
  useEffect(() => {
    if (first.current !== layout) void fitView(FIT);
    first.current = layout;
  }, [layout, fitView]);
  return null;
}

function toNodes(
  assets: readonly AssetNode[],
  layout: LineageLayout,
  selected: ReadonlySet<string>,
  onSelect: (key: string, add: boolean) => void,
): Node[] {
  const groups = [...layout.groups].map(
    ([group, box]): Node => ({
      id: `group:${group}`,
      type: "assetGroup",
      position: { x: box.x, y: box.y },
      width: box.width,
      height: box.height,
      data: { group },
      zIndex: -1,
    }),
  );
  const boxes = assets.flatMap((asset): Node[] => {
    const box = layout.assets.get(asset.key);
    if (!box) return [];
    const { x, y, width, height } = box;
    return [{ id: asset.key, type: "asset", position: { x, y }, width, height, data: { asset, selected: selected.has(asset.key), onSelect } }];
  });
  return [...groups, ...boxes];
}

function toEdges(assets: readonly AssetNode[], selected: ReadonlySet<string>, lit: boolean): Edge[] {
  return listEdges(assets).map(([source, target]) => {
    const near = selected.has(source) || selected.has(target);
    return { id: `${source} → ${target}`, source, target, className: (near ? styles["edgeNear"] : lit ? styles["edgeFar"] : "") ?? "" };
  });
}
