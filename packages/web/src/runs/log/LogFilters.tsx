import { Anchor, Group, Select, TextInput } from "@mantine/core";
import { LOG_LEVELS, type LogLevel } from "@millrace/model/run-event";
import { IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { formatCount, formatQuantity } from "../../ui/number-format.ts";
import type { RunSearch } from "./run-search.ts";
import { describeType } from "./log-model.ts";
import styles from "./LogFilters.module.css";

/** The filters of the log; they are in the address, so that a link shows the same rows. */
export function LogFilters(props: {
  readonly search: RunSearch;
  readonly onSearch: (next: RunSearch) => void;
  readonly steps: readonly { readonly key: string }[];
  /** The assets that the chosen step makes. */
  readonly made: readonly string[];
  readonly types: readonly string[];
  readonly shown: number;
  readonly total: number;
}) {
  const { search, onSearch } = props;
  const set = (key: "step" | "level" | "type" | "text", value: string | null): void => {
    const { [key]: _old, at: _at, ...rest } = search;
    onSearch(value ? { ...rest, [key]: value as LogLevel } : rest);
  };
  return (
    <Group gap={8} mb={8} className={styles["filters"] ?? ""}>
      <TextInput
        aria-label="Search the log"
        placeholder="Search"
        leftSection={<IconSearch size={13} />}
        value={search.text ?? ""}
        onChange={(event) => set("text", event.currentTarget.value)}
        className={styles["text"] ?? ""}
      />
      <Select
        aria-label="Level"
        placeholder="Any level"
        clearable
        data={LOG_LEVELS.map((level) => ({ value: level, label: `${level.toLowerCase()} and up` }))}
        value={search.level ?? null}
        onChange={(value) => set("level", value)}
        className={styles["select"] ?? ""}
      />
      <Select
        aria-label="Event type"
        placeholder="Any type"
        clearable
        searchable
        data={[...new Set([...props.types, ...(search.type ? [search.type] : [])])].map((type) => ({
          value: type,
          label: describeType(type),
        }))}
        value={search.type ?? null}
        onChange={(value) => set("type", value)}
        className={styles["select"] ?? ""}
      />
      <Select
        aria-label="Step"
        placeholder="Any step"
        clearable
        searchable
        limit={200}
        data={[...new Set([...props.steps.map((step) => step.key), ...(search.step ? [search.step] : [])])]}
        value={search.step ?? null}
        onChange={(value) => set("step", value)}
        className={styles["select"] ?? ""}
      />
      {props.made.map((key) => (
        <Anchor
          key={key}
          fz="xs"
          renderRoot={(given) => <Link to="/assets/$" params={{ _splat: key }} {...given} />}
        >
          {key}
        </Anchor>
      ))}
      <span className={styles["count"]}>
        {props.shown === props.total
          ? formatQuantity(props.total, "event")
          : `${formatCount(props.shown)} of ${formatQuantity(props.total, "event")}`}
      </span>
    </Group>
  );
}
