import { Anchor, Button, Group } from "@mantine/core";
import type { JsonSchema } from "@millrace/model/config/json-schema";
import { Link, useParams } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { ConfigFields } from "../runs/launch/ConfigFields.tsx";
import { RunsTable } from "../runs/RunsTable.tsx";
import { RunsDocument } from "../runs/runs.gen.ts";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { Facts } from "../ui/Facts.tsx";
import { JsonBlock } from "../ui/JsonBlock.tsx";
import { LazyMarkdown } from "../ui/LazyMarkdown.tsx";
import { NotFound, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton, Section } from "../ui/Page.tsx";
import { Tags } from "../ui/Tags.tsx";
import { JobDocument, type JobQuery } from "./jobs.gen.ts";
import { LaunchJobButton } from "./LaunchJobButton.tsx";

type Job = NonNullable<JobQuery["job"]>;

const STEP_COLUMNS: readonly Column<Job["steps"][number]>[] = [
  { header: "Step", cell: (step) => <span className="mono">{step.key}</span>, phone: "title" },
  {
    header: "Kind",
    cell: ({ kind, assetKeys }) =>
      assetKeys.length === 0 ? kind : `part that makes ${assetKeys.join(", ")}`,
  },
  {
    header: "After",
    cell: (step) => <span className="mono quiet">{step.upstream.join(", ")}</span>,
    phone: "line",
  },
];

/** One job: what it does, its steps, its latest runs, what its run config may say. */
export function JobPage() {
  const { location, job: name } = useParams({ from: "/jobs/$location/$job" });
  const { data, error } = useLiveQuery(
    JobDocument,
    { locationName: location, name },
    { topics: ["locations"] },
  );
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  if (!data.job) return <NotFound what={`job ${name} in ${location}`} />;
  return <JobView job={data.job} />;
}

function JobView({ job }: { readonly job: Job }) {
  const { data } = useLiveQuery(
    RunsDocument,
    { filter: { jobName: job.name }, limit: 8, after: null },
    { topics: ["runs"] },
  );
  const runs = data?.runs.nodes ?? [];
  return (
    <Page title={job.name} heading={`Job ${job.name}`} actions={<LaunchJobButton job={job} />}>
      {job.description ? (
        <div style={{ marginBottom: 14 }}>
          <LazyMarkdown text={job.description} />
        </div>
      ) : null}
      <Facts
        facts={[
          [
            "Location",
            <Anchor
              key="location"
              fz="inherit"
              renderRoot={(props) => (
                <Link to="/locations/$name" params={{ name: job.locationName }} {...props} />
              )}
            >
              {job.locationName}
            </Anchor>,
          ],
          [
            "Source",
            job.source ? (
              <span key="source" className="mono">{`${job.source.file}:${job.source.line}`}</span>
            ) : null,
          ],
          ["Tags", job.tags.length > 0 ? <Tags key="tags" tags={job.tags} /> : null],
          ["Assets", job.assetKeys.length > 0 ? <AssetLinks key="assets" keys={job.assetKeys} /> : null],
        ]}
      />
      <Section
        title="Latest runs"
        actions={
          <Button
            variant="subtle"
            renderRoot={(props) => <Link to="/runs" search={{ job: job.name }} {...props} />}
          >
            All runs
          </Button>
        }
      >
        {runs.length > 0 ? <RunsTable runs={runs} /> : <span className="quiet">It has not run yet.</span>}
      </Section>
      <Section title="Steps">
        <DataTable label="Steps" columns={STEP_COLUMNS} rows={job.steps} rowKey={(step) => step.key} />
      </Section>
      <Section title="Run config">
        <ConfigFields schema={job.configSchema as JsonSchema} open />
        <details style={{ marginTop: 10, fontSize: "0.75rem" }}>
          <summary className="quiet">JSON Schema</summary>
          <JsonBlock value={job.configSchema} label="JSON Schema" />
        </details>
      </Section>
    </Page>
  );
}

function AssetLinks({ keys }: { readonly keys: readonly string[] }) {
  return (
    <Group gap="4px 14px" component="span">
      {keys.map((key) => (
        <Anchor
          key={key}
          fz="inherit"
          renderRoot={(props) => <Link to="/assets/$" params={{ _splat: key }} {...props} />}
        >
          {key}
        </Anchor>
      ))}
    </Group>
  );
}
