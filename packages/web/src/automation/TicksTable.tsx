import { formatDuration } from "@millrace/model/time/format-duration";
import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { execute } from "../graphql/client.ts";
import { pageById, useLivePages } from "../graphql/live-pages.ts";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { readErrorInfo } from "../ui/error-info.ts";
import { NextPageButton } from "../ui/NextPageButton.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Age, Elapsed } from "../ui/Time.tsx";
import { ScheduleTicksDocument, SensorTicksDocument, type ShownTickFragment } from "./automation.gen.ts";
import type { InstigatorName } from "./InstigatorSwitch.tsx";
import { lookOfTick } from "./tick-look.ts";

const PAGE_SIZE = 25;

const COLUMNS: readonly Column<ShownTickFragment>[] = [
  { header: "Tick", cell: (tick) => <Age at={tick.scheduledAt} />, phone: "title" },
  { header: "Status", cell: (tick) => <TickTag tick={tick} /> },
  { header: "What came of it", cell: (tick) => <TickResult tick={tick} />, phone: "line" },
  { header: "Late", cell: ({ latenessMs }) => lateness(latenessMs), align: "right" },
  { header: "Took", cell: (tick) => <Elapsed from={tick.startedAt} to={tick.finishedAt} />, align: "right" },
];

/** From when it was due to the end of its evaluation. */
function lateness(ms: number | null): string {
  return ms === null ? "" : `${formatDuration(ms)} late`;
}

/** The ticks of a schedule or sensor, newest first. */
export function TicksTable({ subject }: { readonly subject: InstigatorName }) {
  const ticks = useTicks(subject);
  if (ticks.rows.length === 0)
    return <span className="quiet">{ticks.isPending ? "Loading …" : "It has not ticked yet."}</span>;
  return (
    <>
      <DataTable label="Ticks" columns={COLUMNS} rows={ticks.rows} rowKey={(tick) => tick.id} />
      <NextPageButton of={ticks} label="Older ticks" />
    </>
  );
}

/** How a tick stands. */
export function TickTag({ tick }: { readonly tick: ShownTickFragment }) {
  const label = tick.isWaiting ? { label: "Waits for an agent" } : {};
  return <StateTag look={lookOfTick(tick.status)} {...label} />;
}

function TickResult({ tick }: { readonly tick: ShownTickFragment }) {
  const error = readErrorInfo(tick.error);
  return (
    <>
      {tick.runIds.map((runId) => (
        <Anchor
          key={runId}
          fz="inherit"
          mr={8}
          className="mono"
          renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}
        >
          {runId.slice(0, 8)}
        </Anchor>
      ))}
      {tick.skipReason ? <span className="quiet">{tick.skipReason}</span> : null}
      {error ? <ErrorDetails error={error} /> : null}
      {tick.logs.length > 0 ? <TickLog lines={tick.logs} /> : null}
    </>
  );
}

function TickLog({ lines }: { readonly lines: ShownTickFragment["logs"] }) {
  return (
    <details>
      <summary className="quiet">Log</summary>
      {lines.map(({ timestamp, level, message }, index) => (
        <div key={`${timestamp} ${index}`} className="mono" style={{ whiteSpace: "pre-wrap" }}>
          <span className="quiet">{`${timestamp.slice(11, 23)} ${level}`}</span> {message}
        </div>
      ))}
    </details>
  );
}

function useTicks({ kind, locationName, name }: InstigatorName) {
  const document = kind === "schedule" ? ScheduleTicksDocument : SensorTicksDocument;
  return useLivePages<ShownTickFragment, string | null>({
    queryKey: ["ticks", kind, locationName, name],
    topic: "ticks",
    first: null,
    ask: async (after, signal) => {
      const page = { limit: PAGE_SIZE, after, statuses: null };
      const { instigator } = await execute(document, { locationName, name, ...page }, signal);
      return pageById(instigator?.state.ticks);
    },
  });
}
