import { describeTarget } from "@millrace/model/runs/describe-target";
import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { shortId } from "../ui/CopyableId.tsx";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { Section } from "../ui/Page.tsx";
import { Age } from "../ui/Time.tsx";
import type { PoolsQuery } from "./pools.gen.ts";

type Claim = PoolsQuery["pools"][number]["holders"][number];

const COLUMNS: readonly Column<Claim>[] = [
  {
    header: "Run",
    cell: ({ run }) =>
      run === null ? null : (
        <Anchor
          fz="inherit"
          aria-label={`Run ${run.id}`}
          renderRoot={(props) => <Link to="/runs/$runId" params={{ runId: run.id }} {...props} />}
        >
          {describeTarget(run)} <span className="mono">{shortId(run.id)}</span>
        </Anchor>
      ),
    phone: "title",
  },
  { header: "Step", cell: ({ stepKey }) => stepKey },
  { header: "Since", cell: ({ since }) => <Age at={since} /> },
];

/** Those who have slots of a pool, or wait for one, in their order; nothing when there is nobody. */
export function PoolClaims({ title, claims }: { readonly title: string; readonly claims: readonly Claim[] }) {
  if (claims.length === 0) return null;
  return (
    <Section title={title}>
      <DataTable
        label={title}
        columns={COLUMNS}
        rows={claims}
        rowKey={({ run, stepKey }) => `${run?.id} ${stepKey}`}
      />
    </Section>
  );
}
