import { Alert, Anchor, Button, Group, Tabs } from "@mantine/core";
import { IconBinaryTree2 } from "@tabler/icons-react";
import { Link, Navigate, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { AssetAutomation } from "../automation/AssetAutomation.tsx";
import { useLiveQuery } from "../graphql/live-query.ts";
import { NotFound, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Chips } from "../ui/Tags.tsx";
import { AssetChecks } from "./AssetChecks.tsx";
import { AssetHistory } from "./AssetHistory.tsx";
import { AssetOverview } from "./AssetOverview.tsx";
import { AssetRemoval } from "./AssetRemoval.tsx";
import { AssetPartitionsView } from "./AssetPartitionsView.tsx";
import type { AssetPageSearch, AssetTab } from "./asset-search.ts";
import { AssetDocument } from "./assets.gen.ts";
import { HealthTag } from "./HealthTag.tsx";
import { MaterializeButton } from "./MaterializeButton.tsx";
import { StaleTag } from "./StaleTag.tsx";
import type { AssetDetails } from "./asset-details.ts";
import { lookOfAsset } from "./asset-look.ts";
import { lookOfRun } from "../runs/looks/run-look.ts";

/** One asset: what it is, what its latest materialization says, its history, checks and partitions. A key that it had before leads to it. */
export function AssetPage() {
  const { _splat: key = "" } = useParams({ from: "/assets/$" });
  const { data, error } = useLiveQuery(AssetDocument, { key }, { topics: ["assets"] });
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  if (!data.asset) return <NotFound what={`asset ${key}`} />;
  if (data.asset.key !== key) return <Navigate to="/assets/$" params={{ _splat: data.asset.key }} replace />;
  return <AssetView asset={data.asset} hasCondition={data.automation !== null} />;
}

function AssetView({
  asset,
  hasCondition,
}: {
  readonly asset: AssetDetails;
  readonly hasCondition: boolean;
}) {
  const search = useSearch({ from: "/assets/$" });
  const navigate = useNavigate({ from: "/assets/$" });
  const change = (next: AssetPageSearch): void =>
    void navigate({ search: next, replace: true, resetScroll: false });
  const { checks, partitions } = asset;
  // An address may name a tab that this asset has not.
  const tabs = [
    "overview",
    "history",
    ...(partitions ? ["partitions"] : []),
    ...(checks.length > 0 ? ["checks"] : []),
    ...(hasCondition ? ["automation"] : []),
  ];
  return (
    <Page
      title={asset.key}
      heading={
        <Group gap={14}>
          <span style={{ overflowWrap: "anywhere" }}>{asset.key}</span>
          <span style={{ fontSize: "0.8rem" }}>
            <StateTag look={lookOfAsset(asset.state)} />
          </span>
          <span style={{ fontSize: "0.8rem" }}>
            <HealthTag health={asset.health} />
          </span>
          <StaleTag causes={asset.staleCauses} partitions={asset.partitions?.stale ?? null} />
          <Chips texts={asset.kinds} />
        </Group>
      }
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconBinaryTree2 size={15} />}
            renderRoot={(props) => (
              <Link to="/lineage" search={{ around: asset.key, selected: [asset.key] }} {...props} />
            )}
          >
            Lineage
          </Button>
          {asset.executable && asset.defined ? <MaterializeButton keys={[asset.key]} /> : null}
          <AssetRemoval asset={asset} />
        </>
      }
    >
      {asset.defined ? null : (
        <Alert color="yellow" mb="sm" title="No code location defines this asset any more">
          What is known of it is kept; to materialize it, add it to a code location again.
        </Alert>
      )}
      {asset.activeRun ? (
        <Group gap={10} mb="sm" fz="sm">
          <StateTag look={lookOfRun(asset.activeRun.status)} label="A run is at work on this asset" />
          <Anchor
            fz="sm"
            renderRoot={(props) => (
              <Link to="/runs/$runId" params={{ runId: asset.activeRun?.id ?? "" }} {...props} />
            )}
          >
            See the run
          </Anchor>
        </Group>
      ) : null}
      <Tabs
        value={tabs.find((tab) => tab === search.tab) ?? "overview"}
        onChange={(tab) => change({ tab: tab as AssetTab })}
        keepMounted={false}
      >
        <Tabs.List aria-label="Asset">
          <Tabs.Tab value="overview">Overview</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
          {partitions ? <Tabs.Tab value="partitions">Partitions</Tabs.Tab> : null}
          {checks.length > 0 ? <Tabs.Tab value="checks">Checks {checks.length}</Tabs.Tab> : null}
          {hasCondition ? <Tabs.Tab value="automation">Automation</Tabs.Tab> : null}
        </Tabs.List>
        <Tabs.Panel value="overview">
          <AssetOverview asset={asset} />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <AssetHistory
            assetKey={asset.key}
            partition={search.partition ?? null}
            onPartition={(partition) => change({ tab: "history", ...(partition ? { partition } : {}) })}
          />
        </Tabs.Panel>
        {partitions ? (
          <Tabs.Panel value="partitions">
            <AssetPartitionsView
              assetKey={asset.key}
              summary={partitions}
              onShow={(partition) => change({ tab: "history", partition })}
            />
          </Tabs.Panel>
        ) : null}
        <Tabs.Panel value="checks">
          <AssetChecks asset={asset} />
        </Tabs.Panel>
        <Tabs.Panel value="automation">
          <AssetAutomation
            assetKey={asset.key}
            isPartitioned={partitions !== null}
            partition={search.partition ?? null}
            onPartition={(partition) => change({ tab: "automation", ...(partition ? { partition } : {}) })}
          />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
