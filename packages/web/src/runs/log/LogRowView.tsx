import { Group } from "@mantine/core";
import { useState } from "react";
import { CopyText } from "../../ui/CopyableId.tsx";
import { ErrorDetails } from "../../ui/ErrorDetails.tsx";
import { readErrorInfo } from "../../ui/error-info.ts";
import { JsonBlock } from "../../ui/JsonBlock.tsx";
import { MetadataList } from "../../ui/metadata/MetadataList.tsx";
import { formatClock, formatExact } from "../../ui/time-format.ts";
import { describeType, levelOf, type LogRow } from "./log-model.ts";
import styles from "./RunLog.module.css";

/** One event; pressing it shows its metadata, its error, and the event as it is stored. */
export function LogRowView(props: {
  readonly row: LogRow;
  readonly open: boolean;
  readonly marked: boolean;
  readonly onToggle: () => void;
}) {
  const { row, open } = props;
  const level = levelOf(row);
  const instant = new Date(row.timestamp);
  return (
    <div
      className={styles["row"]}
      data-level={level}
      data-open={open || undefined}
      data-marked={props.marked || undefined}
    >
      <button type="button" className={styles["head"]} aria-expanded={open} onClick={props.onToggle}>
        <time className={styles["time"]} dateTime={row.timestamp} title={formatExact(instant)}>
          {formatClock(instant)}
        </time>
        <span className={styles["step"]} title={row.stepKey ?? ""}>
          {row.stepKey ?? ""}
        </span>
        <span className={styles["type"]}>
          {row.type === "LOG" ? level.toLowerCase() : describeType(row.type)}
        </span>
        <span className={styles["message"]}>{row.message}</span>
      </button>
      {open ? <EventDetails row={row} /> : null}
    </div>
  );
}

function EventDetails({ row }: { readonly row: LogRow }) {
  const [raw, setRaw] = useState(false);
  const event = (typeof row.event === "object" && row.event !== null ? row.event : {}) as Readonly<
    Record<string, unknown>
  >;
  const error = readErrorInfo(event["error"]);
  return (
    <div className={styles["details"]}>
      {error ? <ErrorDetails error={error} open /> : null}
      <MetadataList metadata={event["metadata"]} />
      {typeof event["truncatedBytes"] === "number" ? (
        <p className="quiet">
          The message goes on for {event["truncatedBytes"]} bytes; the whole of it is in stdout.
        </p>
      ) : null}
      <Group gap={10} mt={6} className="quiet" fz="xs">
        <button type="button" className="link-button" onClick={() => setRaw(!raw)} aria-expanded={raw}>
          {raw ? "Hide" : "Show"} stored event
        </button>
        <span>
          position {row.position} · attempt {row.attempt}
        </span>
        <CopyText text={window.location.href} label="Copy link to this event" />
      </Group>
      {raw ? <JsonBlock value={row.event} label="Stored event" /> : null}
    </div>
  );
}
