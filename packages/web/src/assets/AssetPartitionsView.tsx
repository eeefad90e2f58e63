import { Select, TextInput, Group } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { NextPageButton } from "../ui/NextPageButton.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Age } from "../ui/Time.tsx";
import { lookOfAsset } from "./asset-look.ts";
import { useVirtualRows } from "../ui/virtual-rows.ts";
import { type AssetPartition, PARTITION_PAGE, usePartitions } from "./partition-keys.ts";
import { PartitionBar } from "./PartitionBar.tsx";
import { RunLink } from "./RunLink.tsx";
import { StaleTag } from "./StaleTag.tsx";
import styles from "./Partitions.module.css";

const ROW_HEIGHT = 34;
const STATES = ["materialized", "failed", "missing"] as const;

/** The partitions of an asset: a bar, a strip in order of their keys, and a list, newest first. */
export function AssetPartitionsView(props: {
  readonly assetKey: string;
  readonly summary: {
    readonly kind: string;
    readonly count: number;
    readonly materialized: number;
    readonly failed: number;
    readonly stale: number | null;
  };
  readonly onShow: (partition: string) => void;
}) {
  const [text, setText] = useState("");
  const [search] = useDebouncedValue(text.trim(), 300);
  const [state, setState] = useState<AssetPartition["state"] | null>(null);
  const shown = usePartitions(props.assetKey, {
    ...(search === "" ? {} : { search }),
    ...(state === null ? {} : { state }),
  });
  return (
    <div style={{ marginTop: 18 }}>
      <PartitionBar summary={props.summary} />
      {/* A strip of more cells than a page has none that could be told apart. */}
      {props.summary.count > 1 && props.summary.count <= PARTITION_PAGE ? (
        <PartitionStrip assetKey={props.assetKey} />
      ) : null}
      <Group gap={8} my="sm">
        <TextInput
          aria-label="Search partitions"
          placeholder="Key"
          leftSection={<IconSearch size={13} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          aria-label="Partition state"
          placeholder="Any state"
          clearable
          data={STATES.map((value) => ({ value, label: lookOfAsset(value).label }))}
          value={state}
          onChange={(value) => setState(STATES.find((known) => known === value) ?? null)}
        />
      </Group>
      <PartitionList partitions={shown.rows} onShow={props.onShow} />
      <NextPageButton of={shown} label="Older partitions" />
    </div>
  );
}

/** A cell for each partition, oldest first. */
function PartitionStrip({ assetKey }: { readonly assetKey: string }) {
  const { rows } = usePartitions(assetKey, {});
  return (
    <div className={styles["cells"]} aria-hidden>
      {rows.toReversed().map((partition) => (
        <span
          key={partition.key}
          className={styles["cell"]}
          data-state={partition.state}
          title={`${partition.key}: ${lookOfAsset(partition.state).label}`}
        />
      ))}
    </div>
  );
}

function PartitionList({
  partitions,
  onShow,
}: {
  readonly partitions: readonly AssetPartition[];
  readonly onShow: (key: string) => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualRows(scroller, partitions.length, ROW_HEIGHT);
  return (
    <div ref={scroller} className={styles["list"]} role="list" aria-label="Partitions" tabIndex={0}>
      <div style={{ height: virtualizer.getTotalSize(), position: "relative" }}>
        {virtualizer.getVirtualItems().map((item) => {
          const partition = partitions[item.index];
          if (!partition) return null;
          return (
            <div key={partition.key} role="listitem" className={styles["row"]} style={{ top: item.start }}>
              <Group gap={10} wrap="nowrap" miw={0}>
                <button type="button" className="link-button mono" onClick={() => onShow(partition.key)}>
                  {partition.key}
                </button>
                <StaleTag causes={partition.staleCauses} />
              </Group>
              <StateTag look={lookOfAsset(partition.state)} />
              <Age at={partition.lastMaterializedAt} none="" />
              <span>{partition.lastRunId ? <RunLink id={partition.lastRunId} /> : null}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
