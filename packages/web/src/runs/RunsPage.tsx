import { Group } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { execute } from "../graphql/client.ts";
import { pageById, useLivePages } from "../graphql/live-pages.ts";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { NextPageButton } from "../ui/NextPageButton.tsx";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { BulkActions } from "./BulkActions.tsx";
import { RunFilters } from "./RunFilters.tsx";
import { RunsTable } from "./RunsTable.tsx";
import { readTag, type RunsSearch } from "./runs-search.ts";
import { RunsDocument, type RunsFilter } from "./runs.gen.ts";

const PAGE_SIZE = 50;

/** All runs, newest first, filtered by what the address says. */
export function RunsPage() {
  const search = useSearch({ from: "/runs" });
  const navigate = useNavigate({ from: "/runs" });
  const runs = useRuns(toFilter(search));
  return (
    <Page title="Runs" actions={runs.rows.length === 0 ? null : <BulkActions filter={toFilter(search)} />}>
      <RunFilters search={search} onChange={(next) => void navigate({ search: next, replace: true })} />
      {runs.isPending ? (
        <PageSkeleton />
      ) : runs.error && runs.rows.length === 0 ? (
        <RequestFailed error={runs.error} />
      ) : runs.rows.length === 0 ? (
        <NoRuns filtered={Object.keys(search).length > 0} />
      ) : (
        <RunsTable runs={runs.rows} />
      )}
      <NextPageButton of={runs} label="Older runs" />
    </Page>
  );
}

function useRuns(filter: RunsFilter) {
  return useLivePages({
    queryKey: ["runs", filter],
    topic: "runs",
    first: null as string | null,
    ask: async (after, signal) =>
      pageById((await execute(RunsDocument, { filter, after, limit: PAGE_SIZE }, signal)).runs),
  });
}

function toFilter(search: RunsSearch): RunsFilter {
  const tag = readTag(search.tag);
  return {
    ...(search.status ? { statuses: [...search.status] } : {}),
    ...(search.job ? { jobName: search.job } : {}),
    ...(search.asset ? { assetKey: search.asset } : {}),
    ...(tag ? { tags: [tag] } : {}),
  };
}

function NoRuns({ filtered }: { readonly filtered: boolean }) {
  if (filtered) {
    return (
      <EmptyState title="No run matches these filters" action={<Link to="/runs">Show all runs</Link>}>
        Runs are kept for as long as the deployment&apos;s retention says.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="Nothing has run yet"
      action={
        <Group>
          <Link to="/assets">Materialize an asset</Link>
          <Link to="/jobs">Launch a job</Link>
        </Group>
      }
    >
      A run appears here the moment it is launched: from an asset, a job, a schedule, a sensor or the command
      line.
    </EmptyState>
  );
}
