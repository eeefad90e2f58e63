import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { formatQuantity } from "../ui/number-format.ts";
import { Tags } from "../ui/Tags.tsx";
import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import { JobsDocument, type JobsQuery } from "./jobs.gen.ts";
import { LaunchJobButton } from "./LaunchJobButton.tsx";

type Job = JobsQuery["jobs"][number];

const COLUMNS: readonly Column<Job>[] = [
  {
    header: "Job",
    cell: (job) => (
      <Anchor
        fz="inherit"
        fw={550}
        renderRoot={(props) => (
          <Link to="/jobs/$location/$job" params={{ location: job.locationName, job: job.name }} {...props} />
        )}
      >
        {job.name}
      </Anchor>
    ),
    phone: "title",
  },
  {
    header: "Contents",
    cell: (job) =>
      job.assetKeys.length > 0
        ? formatQuantity(job.assetKeys.length, "asset")
        : formatQuantity(job.steps.length, "step"),
  },
  { header: "Location", cell: (job) => job.locationName },
  { header: "Tags", cell: (job) => <Tags tags={job.tags} /> },
  { header: "Description", cell: (job) => <span className="quiet">{job.description}</span>, phone: "line" },
  { header: "", cell: (job) => <LaunchJobButton job={job} compact />, align: "right" },
];

/** The jobs of all code locations. */
export function JobsPage() {
  const { data, error } = useLiveQuery(JobsDocument, {}, { topics: ["locations"] });
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  const jobs = data.jobs.filter(({ name }) => isAuthorsJob(name));
  return (
    <Page title="Jobs">
      {jobs.length === 0 ? (
        <EmptyState title="No jobs yet">
          A job is a named set of assets or ops to run together; define one in a code location. Assets can be{" "}
          <Link to="/assets">materialized</Link> without one.
        </EmptyState>
      ) : (
        <DataTable
          label="Jobs"
          columns={COLUMNS}
          rows={jobs}
          rowKey={(job) => `${job.locationName} ${job.name}`}
        />
      )}
    </Page>
  );
}
