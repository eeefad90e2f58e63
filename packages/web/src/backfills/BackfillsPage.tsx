import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { execute } from "../graphql/client.ts";
import { pageById, useLivePages } from "../graphql/live-pages.ts";
import { shortId } from "../ui/CopyableId.tsx";
import { DataTable, type Column } from "../ui/DataTable.tsx";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { NextPageButton } from "../ui/NextPageButton.tsx";
import { formatCount } from "../ui/number-format.ts";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Age, Elapsed } from "../ui/Time.tsx";
import { lookOfBackfill } from "./backfill-look.ts";
import { nameBackfill, sumCounts } from "./backfill-words.ts";
import { BackfillsDocument, type BackfillRowFragment } from "./backfills.gen.ts";
import { ProgressBar } from "./ProgressBar.tsx";

const PAGE_SIZE = 25;

const COLUMNS: readonly Column<BackfillRowFragment>[] = [
  { header: "Backfill", cell: NameCell, phone: "title" },
  { header: "Status", cell: (backfill) => <StateTag look={lookOfBackfill(backfill)} />, width: "150px" },
  { header: "Made", cell: MadeCell, width: "170px" },
  {
    header: "Progress",
    cell: ({ targets }) => <ProgressBar counts={sumCounts(targets)} />,
    phone: "line",
    width: "180px",
  },
  { header: "Created", cell: ({ createdAt }) => <Age at={createdAt} />, align: "right", width: "110px" },
  {
    header: "Duration",
    cell: ({ createdAt, endedAt }) => <Elapsed from={createdAt} to={endedAt} />,
    align: "right",
    width: "110px",
  },
];

/** All backfills, newest first. */
export function BackfillsPage() {
  const backfills = useBackfills();
  return (
    <Page title="Backfills">
      {backfills.isPending ? (
        <PageSkeleton />
      ) : backfills.error && backfills.rows.length === 0 ? (
        <RequestFailed error={backfills.error} />
      ) : backfills.rows.length === 0 ? (
        <EmptyState title="No backfills yet" action={<Link to="/assets">Choose an asset</Link>}>
          Materialize a range of an asset&apos;s partitions as runs, and it appears here with how far it is.
        </EmptyState>
      ) : (
        <DataTable label="Backfills" columns={COLUMNS} rows={backfills.rows} rowKey={({ id }) => id} />
      )}
      <NextPageButton of={backfills} label="Older backfills" />
    </Page>
  );
}

function useBackfills() {
  return useLivePages<BackfillRowFragment, string | null>({
    queryKey: ["backfills"],
    topic: "backfills",
    first: null,
    ask: async (after, signal) =>
      pageById((await execute(BackfillsDocument, { after, limit: PAGE_SIZE }, signal)).backfills),
  });
}

function NameCell(backfill: BackfillRowFragment) {
  return (
    <>
      <Anchor
        renderRoot={(props) => (
          <Link to="/backfills/$backfillId" params={{ backfillId: backfill.id }} {...props} />
        )}
        fz="inherit"
        fw={550}
        aria-label={`Backfill ${backfill.id}`}
      >
        {nameBackfill(backfill)}
      </Anchor>{" "}
      <span className="mono quiet">{shortId(backfill.id)}</span>
    </>
  );
}

function MadeCell({ targets }: BackfillRowFragment) {
  const { materialized, targeted } = sumCounts(targets);
  return (
    <span className="tabular">
      {formatCount(materialized)} of {formatCount(targeted)}
    </span>
  );
}
