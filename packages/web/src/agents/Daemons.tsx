import { formatDuration } from "@millrace/model/time/format-duration";
import { useLiveQuery } from "../graphql/live-query.ts";
import { type Column, DataTable } from "../ui/DataTable.tsx";
import { ErrorDetails } from "../ui/ErrorDetails.tsx";
import { readErrorInfo } from "../ui/error-info.ts";
import { RequestFailed } from "../ui/Message.tsx";
import { Section } from "../ui/Page.tsx";
import { StateTag } from "../ui/StateTag.tsx";
import { Age } from "../ui/Time.tsx";
import { DaemonsDocument, type DaemonsQuery } from "./agents.gen.ts";
import { lookOfDaemon } from "./daemon-look.ts";

type Daemon = DaemonsQuery["daemons"][number];

/** Replicas tell of their daemons this often, and at once when one fails. */
const POLL_MS = 30_000;

const COLUMNS: readonly Column<Daemon>[] = [
  { header: "Daemon", cell: ({ name }) => name, phone: "title" },
  { header: "State", cell: ({ state }) => <StateTag look={lookOfDaemon(state)} /> },
  {
    header: "Last tick",
    cell: ({ lastTickAt, lastTickMs }) => (
      <>
        <Age at={lastTickAt} />, took {formatDuration(lastTickMs)}
      </>
    ),
  },
  {
    header: "Lateness",
    cell: ({ lastLatenessMs, longestLatenessMs }) =>
      `${formatDuration(lastLatenessMs)} late, at most ${formatDuration(longestLatenessMs)}`,
  },
  { header: "Runs on", cell: (daemon) => <RunsOn daemon={daemon} />, phone: "line" },
  { header: "Last error", cell: (daemon) => <LastError daemon={daemon} />, phone: "line" },
];

/** What the control plane does by itself: how each daemon fares in each of its replicas. */
export function Daemons() {
  const { data, error } = useLiveQuery(DaemonsDocument, {}, { topics: ["daemons"], pollMs: POLL_MS });
  return (
    <Section title="Daemons">
      {data === undefined ? (
        error ? (
          <RequestFailed error={error} />
        ) : null
      ) : (
        <DataTable
          label="Daemons"
          columns={COLUMNS}
          rows={data.daemons}
          rowKey={({ name, replica }) => `${name} ${replica}`}
          isDimmed={({ state }) => state === "gone"}
        />
      )}
    </Section>
  );
}

function RunsOn({ daemon: { replica, hasPlace } }: { readonly daemon: Daemon }) {
  return (
    <span className="quiet">
      <span className="mono">{replica}</span>
      {hasPlace === false ? ", another one has its place" : ""}
    </span>
  );
}

function LastError({ daemon: { lastError, lastErrorAt, failures } }: { readonly daemon: Daemon }) {
  const error = readErrorInfo(lastError);
  if (!error) return <span className="quiet">no error</span>;
  return (
    <>
      <span className="quiet">
        {failures === 1 ? "one tick failed" : `${failures} ticks failed`}, the last one{" "}
        <Age at={lastErrorAt} />
      </span>
      <ErrorDetails error={error} />
    </>
  );
}
