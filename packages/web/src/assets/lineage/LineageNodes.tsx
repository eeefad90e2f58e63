import { Handle, type NodeProps, Position } from "@xyflow/react";
import { IconCalendarEvent } from "@tabler/icons-react";
import { StateDot } from "../../ui/StateTag.tsx";
import { Age } from "../../ui/Time.tsx";
import { lookOfAsset } from "../asset-look.ts";
import { CheckSummary } from "../CheckSummary.tsx";
import type { AssetNode } from "../filter-assets.ts";
import { StaleTag } from "../StaleTag.tsx";
import type { LineageDirection } from "./lineage-layout.ts";
import styles from "./Lineage.module.css";

/** What an asset's box shows and does. */
interface AssetBoxData {
  readonly asset: AssetNode;
  readonly direction: LineageDirection;
  readonly selected: boolean;
  readonly onSelect: (key: string, add: boolean) => void;
}

/** An asset in the graph; with Ctrl, Command or Shift it joins the selection. */
export function AssetBox({ data }: NodeProps) {
  const { asset, direction, selected, onSelect } = data as Record<string, unknown> & AssetBoxData;
  const look = lookOfAsset(asset.state);
  return (
    <>
      <Handle
        type="target"
        position={direction === "DOWN" ? Position.Top : Position.Left}
        className={styles["handle"] ?? ""}
        isConnectable={false}
      />
      <button
        type="button"
        className={styles["asset"]}
        data-tone={look.tone}
        aria-pressed={selected}
        aria-label={`Asset ${asset.key}: ${look.label}`}
        onClick={(event) => onSelect(asset.key, event.ctrlKey || event.metaKey || event.shiftKey)}
      >
        <span className={styles["assetHead"]}>
          <StateDot look={look} />
          <span className={styles["assetKey"]} title={asset.key}>
            {asset.key}
          </span>
          {asset.partitioned ? (
            <IconCalendarEvent size={13} className="quiet" aria-label="partitioned" />
          ) : null}
        </span>
        <span className={styles["assetFoot"]}>
          <span>
            {asset.executable ? <Age at={asset.lastMaterializedAt} none={look.label} /> : "external"}
          </span>
          <StaleTag causes={asset.staleCauses} partitions={asset.stalePartitions} brief />
          <CheckSummary checks={asset.checks} />
          <span className={styles["kinds"]}>{asset.kinds.slice(0, 2).join(" · ")}</span>
        </span>
      </button>
      <Handle
        type="source"
        position={direction === "DOWN" ? Position.Bottom : Position.Right}
        className={styles["handle"] ?? ""}
        isConnectable={false}
      />
    </>
  );
}

/** The box around the assets of one group. */
export function GroupBox({ data }: NodeProps) {
  return (
    <div className={styles["group"]}>
      <span>{String(data["group"])}</span>
    </div>
  );
}
