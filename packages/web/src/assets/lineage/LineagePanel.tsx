import { ActionIcon, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useLiveQuery } from "../../graphql/live-query.ts";
import { Facts } from "../../ui/Facts.tsx";
import { LazyMarkdown } from "../../ui/LazyMarkdown.tsx";
import { MetadataList } from "../../ui/metadata/MetadataList.tsx";
import { formatQuantity } from "../../ui/number-format.ts";
import { StateTag } from "../../ui/StateTag.tsx";
import { Chips } from "../../ui/Tags.tsx";
import { Age } from "../../ui/Time.tsx";
import { AssetDocument } from "../assets.gen.ts";
import type { AssetNode } from "../filter-assets.ts";
import { MaterializeButton } from "../MaterializeButton.tsx";
import { StaleTag } from "../StaleTag.tsx";
import styles from "./Lineage.module.css";
import { lookOfAsset } from "../asset-look.ts";

/** What is selected in the graph, and what one can do with it. */
export function LineagePanel(props: {
  readonly selected: readonly AssetNode[];
  readonly onExtend: (direction: "upstream" | "downstream") => void;
  readonly onClose: () => void;
}) {
  const { selected } = props;
  const [first] = selected;
  const executable = selected.filter((asset) => asset.executable).map((asset) => asset.key);
  const title =
    selected.length === 1 && first ? first.key : `${formatQuantity(selected.length, "asset")} selected`;
  return (
    <aside className={styles["panel"]} aria-label="Selection">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text fw={600} style={{ overflowWrap: "anywhere" }}>
          {title}
        </Text>
        <ActionIcon variant="subtle" color="gray" aria-label="Clear selection" onClick={props.onClose}>
          <IconX size={16} />
        </ActionIcon>
      </Group>
      <Group gap={6} my="sm">
        <MaterializeButton
          keys={executable}
          label={selected.length > 1 ? `Materialize ${executable.length}` : "Materialize"}
        />
        <Button variant="default" onClick={() => props.onExtend("upstream")}>
          + upstream
        </Button>
        <Button variant="default" onClick={() => props.onExtend("downstream")}>
          + downstream
        </Button>
      </Group>
      {selected.length === 1 && first ? <AssetSummary node={first} /> : <SelectedList assets={selected} />}
    </aside>
  );
}

function SelectedList({ assets }: { readonly assets: readonly AssetNode[] }) {
  return (
    <Stack gap={4} fz="sm">
      {assets.map((asset) => (
        <Group key={asset.key} justify="space-between" wrap="nowrap">
          <Anchor
            fz="inherit"
            renderRoot={(link) => <Link to="/assets/$" params={{ _splat: asset.key }} {...link} />}
          >
            {asset.key}
          </Anchor>
          <StateTag look={lookOfAsset(asset.state)} />
        </Group>
      ))}
    </Stack>
  );
}

function AssetSummary({ node }: { readonly node: AssetNode }) {
  const { data } = useLiveQuery(AssetDocument, { key: node.key }, { topics: ["assets"] });
  const asset = data?.asset;
  return (
    <Stack gap="sm">
      <Anchor fz="sm" renderRoot={(link) => <Link to="/assets/$" params={{ _splat: node.key }} {...link} />}>
        Open the asset&apos;s page
      </Anchor>
      <Facts
        facts={[
          ["State", <StateTag key="state" look={lookOfAsset(node.state)} />],
          [
            "Stale",
            node.staleStatus === "STALE" ? (
              <StaleTag key="stale" causes={node.staleCauses} partitions={node.stalePartitions} />
            ) : null,
          ],
          ["Materialized", <Age key="age" at={node.lastMaterializedAt} none="never" />],
          ["Group", node.group],
          ["Kinds", node.kinds.length > 0 ? <Chips key="kinds" texts={node.kinds} /> : null],
          ["Location", node.locationName],
        ]}
      />
      {asset?.description ? <LazyMarkdown text={asset.description} /> : null}
      <MetadataList metadata={asset?.latestMaterialization?.metadata} />
    </Stack>
  );
}
