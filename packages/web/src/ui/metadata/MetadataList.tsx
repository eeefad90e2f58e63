import { Stack } from "@mantine/core";
import { Facts } from "../Facts.tsx";
import { MetadataView } from "./MetadataView.tsx";
import { isLarge, type MetadataEntry, parseMetadata } from "./parse-metadata.ts";
import styles from "./MetadataList.module.css";

/** All metadata of an event or definition: charts first, short values beside their names, large ones below. */
export function MetadataList({
  metadata,
  without,
}: {
  readonly metadata: unknown;
  readonly without?: (entry: MetadataEntry) => boolean;
}) {
  const entries = parseMetadata(metadata).filter((entry) => !without?.(entry));
  const small = entries.filter((entry) => !isLarge(entry.value));
  const charts = entries.filter((entry) => entry.value.type === "svg");
  const large = entries.filter((entry) => isLarge(entry.value) && entry.value.type !== "svg");
  if (entries.length === 0) return null;
  return (
    <Stack gap="md">
      {charts.map(toFigure)}
      {small.length > 0 ? (
        <Facts facts={small.map((entry) => [entry.name, <MetadataView key={entry.name} {...entry} />])} />
      ) : null}
      {large.map(toFigure)}
    </Stack>
  );
}

function toFigure(entry: MetadataEntry) {
  return (
    <figure key={entry.name} className={styles["figure"]}>
      <figcaption>{entry.name}</figcaption>
      <MetadataView {...entry} />
    </figure>
  );
}
