import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import { Anchor, Group, Text } from "@mantine/core";
import type { JsonSchema } from "@millrace/model/config/json-schema";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { JobLink } from "../automation/JobLink.tsx";
import { useLiveQuery } from "../graphql/live-query.ts";
import { ConfigFields } from "../runs/launch/ConfigFields.tsx";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { Facts } from "../ui/Facts.tsx";
import { JsonBlock } from "../ui/JsonBlock.tsx";
import { NotFound, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton, Section } from "../ui/Page.tsx";
import { formatQuantity } from "../ui/number-format.ts";
import { StateTag } from "../ui/StateTag.tsx";
import { Age } from "../ui/Time.tsx";
import { describeLocation } from "./location-state.ts";
import { LocationFailure } from "./LocationFailure.tsx";
import { LocationVersions } from "./LocationVersions.tsx";
import { CodeLocationDocument, type CodeLocationQuery } from "./locations.gen.ts";
import { PauseButton } from "./PauseButton.tsx";
import { ReloadButton } from "./ReloadButton.tsx";
import { lookOfLocation } from "./location-look.ts";

type Location = NonNullable<CodeLocationQuery["codeLocation"]>;

/** One code location: what it serves, why its newest code does not load, and all it defines. */
export function LocationPage() {
  const { name } = useParams({ from: "/locations/$name" });
  const { data, error } = useLiveQuery(CodeLocationDocument, { name }, { topics: ["locations"] });
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  if (!data.codeLocation) return <NotFound what={`code location ${name}`} />;
  return <LocationView location={data.codeLocation} />;
}

function LocationView({ location }: { readonly location: Location }) {
  const { state, label, error } = describeLocation(location);
  const jobs = location.jobs.filter(({ name }) => isAuthorsJob(name));
  return (
    <Page
      title={location.name}
      heading={
        <Group gap={14}>
          {location.name}
          <span style={{ fontSize: "0.8rem" }}>
            <StateTag look={lookOfLocation(state)} label={label} />
          </span>
        </Group>
      }
      actions={
        <Group gap={8}>
          <PauseButton name={location.name} paused={location.runsPausedAt !== null} />
          <ReloadButton name={location.name} loading={location.latest?.state === "starting"} />
        </Group>
      }
    >
      <Facts
        facts={[
          [
            "Serving",
            location.serving ? <Version key="serving" version={location.serving} /> : "nothing yet",
          ],
          ["Newest", location.latest ? <Version key="latest" version={location.latest} /> : null],
          [
            "Runs",
            location.runsPausedAt === null ? null : (
              <span key="runs">
                wait in the queue: paused <Age at={location.runsPausedAt} />
              </span>
            ),
          ],
          [
            "Assets",
            <Anchor
              key="assets"
              fz="inherit"
              renderRoot={(props) => <Link to="/assets" search={{ search: location.name }} {...props} />}
            >
              {formatQuantity(location.assetCount, "asset")}
            </Anchor>,
          ],
        ]}
      />
      <LocationFailure error={error} version={location.latest} open />
      <Warnings warnings={location.serving?.warnings ?? []} />
      <LocationVersions location={location} />
      <Listed title="Jobs" columns={jobColumns(location.name)} rows={jobs} />
      <Listed title="Schedules" columns={scheduleColumns(location.name)} rows={location.schedules} />
      <Listed title="Sensors" columns={sensorColumns(location.name)} rows={location.sensors} />
      <Listed title="Resources" columns={RESOURCE_COLUMNS} rows={location.resources} />
      <Section title="Document">
        <Text size="xs" className="quiet" mb={6}>
          What agents are told to load; revision {location.revision}, changed <Age at={location.updatedAt} />.
        </Text>
        <JsonBlock value={location.document} label="Document" />
      </Section>
    </Page>
  );
}

function Version({ version }: { readonly version: NonNullable<Location["serving"]> }) {
  return (
    <Group gap="2px 14px" component="span">
      <span>revision {version.revision}</span>
      <StateTag look={lookOfLocation(version.state)} />
      {version.codeDigest ? <span className="mono quiet">{version.codeDigest.slice(0, 12)}</span> : null}
      <Age at={version.loadedAt ?? version.createdAt} />
    </Group>
  );
}

/** What is odd about the definitions that serve. */
function Warnings({ warnings }: { readonly warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <Section title="Warnings">
      <ul
        aria-label="Warnings"
        style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", margin: 0, paddingLeft: 18 }}
      >
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </Section>
  );
}

function Listed<Row extends { readonly name: string }>(props: {
  readonly title: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}) {
  if (props.rows.length === 0) return null;
  return (
    <Section title={props.title}>
      <DataTable label={props.title} columns={props.columns} rows={props.rows} rowKey={(row) => row.name} />
    </Section>
  );
}

function described<Row extends { readonly description: string | null }>(): Column<Row> {
  return { header: "Description", cell: (row): ReactNode => row.description, phone: "line" };
}

function jobColumns(location: string): Column<Location["jobs"][number]>[] {
  return [
    {
      header: "Name",
      cell: (job) => (
        <Anchor
          fz="inherit"
          fw={550}
          renderRoot={(props) => (
            <Link to="/jobs/$location/$job" params={{ location, job: job.name }} {...props} />
          )}
        >
          {job.name}
        </Anchor>
      ),
      phone: "title",
    },
    { header: "Steps", cell: (job) => formatQuantity(job.steps.length, "step") },
    described(),
  ];
}

function scheduleColumns(location: string): Column<Location["schedules"][number]>[] {
  return [
    { header: "Name", cell: (schedule) => schedule.name, phone: "title" },
    { header: "Cron", cell: (schedule) => <span className="mono">{schedule.cron.join(", ")}</span> },
    { header: "Time zone", cell: (schedule) => schedule.timezone },
    { header: "Job", cell: (schedule) => <JobLink location={location} name={schedule.jobName} /> },
    described(),
  ];
}

function sensorColumns(location: string): Column<Location["sensors"][number]>[] {
  return [
    { header: "Name", cell: (sensor) => sensor.name, phone: "title" },
    { header: "Kind", cell: (sensor) => sensor.kind },
    {
      header: "Jobs",
      cell: (sensor) => sensor.jobNames.map((name) => <JobLink key={name} location={location} name={name} />),
    },
    described(),
  ];
}

const RESOURCE_COLUMNS: readonly Column<Location["resources"][number]>[] = [
  { header: "Name", cell: (resource) => resource.name, phone: "title" },
  {
    header: "Environment",
    cell: (resource) => <span className="mono">{resource.environmentVariables.join(", ")}</span>,
  },
  {
    header: "Config",
    cell: (resource) => <ConfigFields schema={resource.configSchema as JsonSchema} />,
    phone: "line",
  },
  described(),
];
