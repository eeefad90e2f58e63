import { EventOrigin } from "./EventOrigin.tsx";
import { Pill } from "@mantine/core";
import { useState } from "react";
import { execute } from "../graphql/client.ts";
import { pageById, useLivePages } from "../graphql/live-pages.ts";
import { EmptyState } from "../ui/Message.tsx";
import { MetadataList } from "../ui/metadata/MetadataList.tsx";
import { isLarge, parseMetadata } from "../ui/metadata/parse-metadata.ts";
import { MetadataView } from "../ui/metadata/MetadataView.tsx";
import { NextPageButton } from "../ui/NextPageButton.tsx";
import { Age } from "../ui/Time.tsx";
import { AssetEventsDocument, type AssetEventsQuery } from "./assets.gen.ts";
import styles from "./AssetHistory.module.css";

type AssetEvent = NonNullable<AssetEventsQuery["asset"]>["events"]["nodes"][number];

const PAGE_SIZE = 25;

/** Materializations and observations, newest first, of one partition or of all. */
export function AssetHistory(props: {
  readonly assetKey: string;
  readonly partition: string | null;
  readonly onPartition: (partition: string | null) => void;
}) {
  const { assetKey, partition } = props;
  const history = useLivePages({
    queryKey: ["asset events", assetKey, partition],
    topic: "assets",
    first: null as string | null,
    ask: async (before, signal) => {
      const page = { before, limit: PAGE_SIZE, partitionKey: partition };
      const { asset } = await execute(AssetEventsDocument, { key: assetKey, ...page }, signal);
      return pageById(asset?.events);
    },
  });
  return (
    <div style={{ marginTop: 14 }}>
      {partition ? (
        <Pill withRemoveButton onRemove={() => props.onPartition(null)} mb="sm">
          Partition {partition}
        </Pill>
      ) : null}
      {history.rows.length === 0 && history.isSuccess ? (
        <EmptyState title="No events yet">
          Materializations and observations show here, newest first.
        </EmptyState>
      ) : null}
      <ol className={styles["list"]} aria-label="History">
        {history.rows.map((event) => (
          <HistoryRow key={event.id} event={event} />
        ))}
      </ol>
      <NextPageButton of={history} label="Older events" />
    </div>
  );
}

function HistoryRow({ event }: { readonly event: AssetEvent }) {
  const [open, setOpen] = useState(false);
  const entries = parseMetadata(event.metadata);
  const brief = entries
    .filter((entry) => !isLarge(entry.value) && !["json", "unknown"].includes(entry.value.type))
    .slice(0, 3);
  return (
    <li className={styles["event"]}>
      <div className={styles["head"]}>
        <Age at={event.timestamp} />
        <span className={styles["kind"]}>{event.kind}</span>
        {event.partitionKey ? <span className="mono">{event.partitionKey}</span> : null}
        <EventOrigin event={event} />
        {open
          ? null
          : brief.map((entry) => (
              <span key={entry.name} className={styles["brief"]}>
                <span className="quiet">{entry.name}</span> <MetadataView {...entry} />
              </span>
            ))}
        {entries.length > 0 ? (
          <button type="button" className="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Less" : "All metadata"}
          </button>
        ) : null}
      </div>
      {open ? (
        <div className={styles["details"]}>
          <MetadataList metadata={event.metadata} />
        </div>
      ) : null}
    </li>
  );
}
