import { Anchor, Checkbox } from "@mantine/core";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import { StateTag } from "../ui/StateTag.tsx";
import { Kinds } from "../ui/Tags.tsx";
import { Age } from "../ui/Time.tsx";
import { CheckSummary } from "./CheckSummary.tsx";
import type { AssetNode } from "./filter-assets.ts";
import { MaterializeButton } from "./MaterializeButton.tsx";
import styles from "./AssetsTable.module.css";

type Line = { readonly group: string } | { readonly asset: AssetNode };

/** Assets under the headings of their groups; only the rows in view are in the page. */
export function AssetsTable(props: {
  readonly assets: readonly AssetNode[];
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (key: string) => void;
}) {
  const lines = groupLines(props.assets);
  const list = useRef<HTMLDivElement>(null);
  const virtualizer = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => 37,
    overscan: 20,
    scrollMargin: list.current?.offsetTop ?? 0,
  });
  return (
    <div ref={list} role="table" aria-label="Assets" aria-rowcount={lines.length} className={styles["table"]} style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map((item) => {
        const line = lines[item.index];
        if (!line) return null;
        return (
          <div
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            className={styles["line"]}
            style={{ transform: `translateY(${item.start - virtualizer.options.scrollMargin}px)` }}
          >
            {"group" in line ? (
              <div role="row" className={styles["group"]}>
                <span role="rowheader">{line.group}</span>
              </div>
            ) : (
              <AssetRow asset={line.asset} chosen={props.chosen.has(line.asset.key)} onToggle={props.onToggle} />
            )}
          </div>
        );
      })}
    </div>
  );
}

function AssetRow(props: { readonly asset: AssetNode; readonly chosen: boolean; readonly onToggle: (key: string) => void }) {
  const { asset } = props;
  return (
    <div role="row" aria-label={asset.key} className={styles["row"]}>
      <span role="cell">
        <Checkbox
          size="xs"
          aria-label={`Select ${asset.key}`}
          checked={props.chosen}
          disabled={!asset.executable}
          onChange={() => props.onToggle(asset.key)}
        />
      </span>
      <span role="cell" className={styles["key"]}>
        <Anchor fz="inherit" fw={550} renderRoot={(link) => <Link to="/assets/$" params={{ _splat: asset.key }} {...link} />}>
          {asset.key}
        </Anchor>
        <Kinds kinds={asset.kinds} />
      </span>
      <span role="cell" className={styles["state"]}>
        <StateTag state={asset.state} />
      </span>
      <span role="cell" className={styles["checks"]}>
        <CheckSummary checks={asset.checks} />
      </span>
      <span role="cell" className={styles["age"]}>
        <Age at={asset.lastMaterializedAt} none="" />
      </span>
      <span role="cell" className={styles["action"]}>
        {asset.executable ? (
          <MaterializeButton keys={[asset.key]} name={`Materialize ${asset.key}`} variant="subtle" compact />
        ) : (
          <span className="quiet">external</span>
        )}
      </span>
    </div>
  );
}

function groupLines(assets: readonly AssetNode[]): Line[] {
  const inOrder = [...assets].sort((a, b) => a.group.localeCompare(b.group) || a.key.localeCompare(b.key));
  return inOrder.flatMap((asset, index): Line[] =>
    asset.group === inOrder[index - 1]?.group ? [{ asset }] : [{ group: asset.group }, { asset }],
  );
}
