import { Group, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import type { RunStatus } from "@millrace/model/run-status";
import { useState } from "react";
import { useLiveQuery } from "../graphql/live-query.ts";
import { JobsDocument } from "../jobs/jobs.gen.ts";
import { explainTag, type RunsSearch } from "./runs-search.ts";
import styles from "./RunFilters.module.css";

const STATUS_GROUPS: Readonly<Record<string, readonly RunStatus[]>> = {
  All: [],
  Active: ["QUEUED", "STARTING", "STARTED", "CANCELING"],
  Failed: ["FAILURE"],
  Success: ["SUCCESS"],
  Canceled: ["CANCELED"],
};

/** The filters of the runs list; every one of them is in the address. */
export function RunFilters(props: {
  readonly search: RunsSearch;
  readonly onChange: (next: RunsSearch) => void;
}) {
  const { search, onChange } = props;
  const { data } = useLiveQuery(JobsDocument, {}, { topics: ["locations"] });
  const jobNames = [
    ...new Set([...(data?.jobs ?? []).map((job) => job.name), ...(search.job ? [search.job] : [])]),
  ];
  return (
    <Group gap="xs" mb="sm" align="flex-start">
      <div className={styles["statuses"]}>
        <SegmentedControl
          aria-label="Status"
          data={Object.keys(STATUS_GROUPS)}
          value={groupOf(search.status)}
          onChange={(group) => onChange(withStatus(search, STATUS_GROUPS[group] ?? []))}
        />
      </div>
      <Select
        aria-label="Job"
        placeholder="Any job"
        data={jobNames}
        value={search.job ?? null}
        onChange={(job) => onChange(replaced(search, "job", job ?? ""))}
        searchable
        clearable
        className={styles["field"] ?? ""}
      />
      <FilterText
        label="Asset"
        placeholder="Any asset"
        value={search.asset}
        onChange={(text) => onChange(replaced(search, "asset", text))}
      />
      <FilterText
        label="Tag"
        placeholder="Tag, such as team:core"
        value={search.tag}
        problem={explainTag(search.tag)}
        onChange={(text) => onChange(replaced(search, "tag", text))}
      />
    </Group>
  );
}

function FilterText(props: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  /** What keeps the value from being a filter; null: nothing. */
  readonly problem?: string | null;
  readonly onChange: (text: string) => void;
}) {
  const [text, setText] = useState(props.value ?? "");
  const changeSoon = useDebouncedCallback(props.onChange, 300);
  return (
    <TextInput
      aria-label={props.label}
      placeholder={props.placeholder}
      value={text}
      error={props.problem ?? null}
      className={styles["field"] ?? ""}
      onChange={(event) => {
        setText(event.currentTarget.value);
        changeSoon(event.currentTarget.value.trim());
      }}
    />
  );
}

function groupOf(statuses: readonly RunStatus[] | undefined): string {
  const wanted = [...(statuses ?? [])].sort().join();
  return Object.entries(STATUS_GROUPS).find(([, group]) => [...group].sort().join() === wanted)?.[0] ?? "";
}

function withStatus({ status: _status, ...rest }: RunsSearch, statuses: readonly RunStatus[]): RunsSearch {
  return statuses.length === 0 ? rest : { ...rest, status: statuses };
}

function replaced(search: RunsSearch, key: "job" | "asset" | "tag", value: string): RunsSearch {
  const { [key]: _old, ...rest } = search;
  return value === "" ? rest : { ...rest, [key]: value };
}
