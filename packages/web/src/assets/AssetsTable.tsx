import { Anchor, Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { StateTag } from "../ui/StateTag.tsx";
import { Chips } from "../ui/Tags.tsx";
import { Age } from "../ui/Time.tsx";
import { useVirtualPageRows } from "../ui/virtual-rows.ts";
import { CheckSummary } from "./CheckSummary.tsx";
import type { AssetNode } from "./filter-assets.ts";
import { MaterializeButton } from "./MaterializeButton.tsx";
import { StaleTag } from "./StaleTag.tsx";
import styles from "./AssetsTable.module.css";
import { lookOfAsset } from "./asset-look.ts";

type Line = { readonly group: string } | { readonly asset: AssetNode };

/** Assets under the headings of their groups; only the rows in view are in the page. */
export function AssetsTable(props: {
  readonly assets: readonly AssetNode[];
  readonly chosen: ReadonlySet<string>;
  readonly onToggle: (key: string) => void;
}) {
  const lines = groupLines(props.assets);
  const [offset, setOffset] = useState(0);
  const measure = useCallback((element: HTMLDivElement | null) => setOffset(element?.offsetTop ?? 0), []);
  const virtualizer = useVirtualPageRows(lines.length, 37, offset);
  return (
    <div
      ref={measure}
      role="table"
      aria-label="Assets"
      aria-rowcount={lines.length}
      className={styles["table"]}
      style={{ height: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().map((item) => {
        const line = lines[item.index];
        if (!line) return null;
        return (
          <div
            key={item.key}
            ref={virtualizer.measureElement}
            data-index={item.index}
            className={styles["line"]}
            style={{ transform: `translateY(${item.start - offset}px)` }}
          >
            {"group" in line ? (
              <div role="row" className={styles["group"]}>
                <span role="rowheader">{line.group}</span>
              </div>
            ) : (
              <AssetRow
                asset={line.asset}
                chosen={props.chosen.has(line.asset.key)}
                onToggle={props.onToggle}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

function AssetRow(props: {
  readonly asset: AssetNode;
  readonly chosen: boolean;
  readonly onToggle: (key: string) => void;
}) {
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
        <Anchor
          fz="inherit"
          fw={550}
          renderRoot={(link) => <Link to="/assets/$" params={{ _splat: asset.key }} {...link} />}
        >
          {asset.key}
        </Anchor>
        <Chips texts={asset.kinds} />
        <StaleTag causes={asset.staleCauses} partitions={asset.stalePartitions} />
      </span>
      <span role="cell" className={styles["state"]}>
        <StateTag look={lookOfAsset(asset.state)} />
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
