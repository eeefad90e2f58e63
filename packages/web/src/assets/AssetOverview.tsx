import { EventOrigin } from "./EventOrigin.tsx";
import { Anchor, Group, Stack } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import { CopyText } from "../ui/CopyableId.tsx";
import { Facts } from "../ui/Facts.tsx";
import { LazyMarkdown } from "../ui/LazyMarkdown.tsx";
import { EmptyState } from "../ui/Message.tsx";
import { MetadataList } from "../ui/metadata/MetadataList.tsx";
import { isLarge, parseMetadata } from "../ui/metadata/parse-metadata.ts";
import { formatCount } from "../ui/number-format.ts";
import { Section } from "../ui/Page.tsx";
import { Tags } from "../ui/Tags.tsx";
import { Age } from "../ui/Time.tsx";
import type { AssetDetails } from "./asset-details.ts";
import { AssetChecks } from "./AssetChecks.tsx";
import { AssetFreshness } from "./AssetFreshness.tsx";
import { AssetPlots } from "./AssetPlots.tsx";
import { MaterializeButton } from "./MaterializeButton.tsx";
import { PartitionBar } from "./PartitionBar.tsx";
import { StaleCauses } from "./StaleTag.tsx";
import styles from "./AssetOverview.module.css";

/** What the asset is, and what its latest materialization says. */
export function AssetOverview({ asset }: { readonly asset: AssetDetails }) {
  return (
    <div className={styles["columns"]}>
      <div className={styles["main"]}>
        {asset.description ? (
          <Section title="Description">
            <LazyMarkdown text={asset.description} />
          </Section>
        ) : null}
        <Section title="Latest materialization">
          <LatestMaterialization asset={asset} />
        </Section>
        {asset.latestMaterialization ? <AssetPlots assetKey={asset.key} /> : null}
        <LargeMetadata asset={asset} />
      </div>
      <aside className={styles["side"]} aria-label="About this asset">
        {asset.partitions ? (
          <Section title="Partitions">
            <PartitionBar summary={asset.partitions} />
          </Section>
        ) : null}
        {asset.freshnessPolicy ? (
          <Section title="Freshness">
            <AssetFreshness asset={asset} />
          </Section>
        ) : null}
        {asset.checks.length > 0 ? (
          <Section title="Checks">
            <AssetChecks asset={asset} brief />
          </Section>
        ) : null}
        <Section title="Lineage">
          <Facts
            facts={[
              ["Upstream", <AssetLinks key="up" keys={asset.dependencies} none="nothing" />],
              ["Downstream", <AssetLinks key="down" keys={asset.dependents} none="nothing" />],
            ]}
          />
        </Section>
        <Section title="Definition">
          <Definition asset={asset} />
        </Section>
      </aside>
    </div>
  );
}

function LatestMaterialization({ asset }: { readonly asset: AssetDetails }) {
  const latest = asset.latestMaterialization;
  if (!latest) {
    return (
      <EmptyState
        title="Never materialized"
        action={
          asset.executable && asset.defined ? (
            <MaterializeButton
              keys={[asset.key]}
              variant="light"
              name="Materialize it now"
              label="Materialize it now"
            />
          ) : null
        }
      >
        {asset.executable
          ? "Its metadata, history and charts show here."
          : "An external asset: Millrace does not compute it. Whatever makes it can report that, such as with millrace asset report."}
      </EmptyState>
    );
  }
  return (
    <Stack gap="md">
      <Group gap={18} fz="sm" className="quiet">
        <Age at={latest.timestamp} />
        {latest.partitionKey ? <span className="mono">{latest.partitionKey}</span> : null}
        <EventOrigin event={latest} />
        <span>{formatCount(asset.materializationCount)} in all</span>
      </Group>
      <StaleCauses causes={asset.staleCauses} />
      <MetadataList metadata={latest.metadata} />
    </Stack>
  );
}

function Definition({ asset }: { readonly asset: AssetDetails }) {
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          [
            "Group",
            <Anchor
              key="group"
              fz="inherit"
              renderRoot={(props) => <Link to="/assets" search={{ group: asset.group }} {...props} />}
            >
              {asset.group}
            </Anchor>,
          ],
          [
            "Location",
            <Anchor
              key="location"
              fz="inherit"
              renderRoot={(props) => (
                <Link to="/locations/$name" params={{ name: asset.locationName }} {...props} />
              )}
            >
              {asset.locationName}
            </Anchor>,
          ],
          [
            "Source",
            asset.source ? (
              <span key="source" className="mono">{`${asset.source.file}:${asset.source.line}`}</span>
            ) : null,
          ],
          ["Owners", asset.owners.join(", ")],
          [
            "Code version",
            asset.codeVersion ? (
              <span key="version" className="mono">
                {asset.codeVersion}
              </span>
            ) : null,
          ],
          ["Tags", asset.tags.length > 0 ? <Tags key="tags" tags={asset.tags} /> : null],
          ["Jobs", <JobLinks key="jobs" asset={asset} />],
          [
            "Data version",
            asset.latestMaterialization?.dataVersion ? (
              <Group key="data" gap={4} title={asset.latestMaterialization.dataVersion}>
                <span className="mono">{shortVersion(asset.latestMaterialization.dataVersion)}</span>
                <CopyText text={asset.latestMaterialization.dataVersion} label="Copy the data version" />
              </Group>
            ) : null,
          ],
        ]}
      />
      <MetadataList metadata={asset.metadata} without={({ value }) => isLarge(value)} />
    </Stack>
  );
}

/** Tables, charts and documents of the definition, such as its columns, which the side has no room for. */
function LargeMetadata({ asset }: { readonly asset: AssetDetails }) {
  if (!parseMetadata(asset.metadata).some(({ value }) => isLarge(value))) return null;
  return (
    <Section title="As defined">
      <MetadataList metadata={asset.metadata} without={({ value }) => !isLarge(value)} />
    </Section>
  );
}

/** The beginning of a computed version, which is a long hash; an author's own is mostly short. */
function shortVersion(version: string): string {
  return version.length > 24 ? `${version.slice(0, 12)}…` : version;
}

function JobLinks({ asset }: { readonly asset: AssetDetails }) {
  const jobs = asset.jobs.filter(isAuthorsJob);
  if (jobs.length === 0) return <span className="quiet">none</span>;
  return jobs.map((job) => (
    <Anchor
      key={job}
      fz="inherit"
      mr={10}
      renderRoot={(props) => (
        <Link to="/jobs/$location/$job" params={{ location: asset.locationName, job }} {...props} />
      )}
    >
      {job}
    </Anchor>
  ));
}

function AssetLinks({ keys, none }: { readonly keys: readonly string[]; readonly none: string }) {
  if (keys.length === 0) return <span className="quiet">{none}</span>;
  return keys.map((key) => (
    <div key={key}>
      <Anchor
        fz="inherit"
        renderRoot={(props) => <Link to="/assets/$" params={{ _splat: key }} {...props} />}
      >
        {key}
      </Anchor>
    </div>
  ));
}
