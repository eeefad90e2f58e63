import { Group, Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { lookOfAsset } from "./asset-look.ts";
import { ASSET_STATES, type AssetsSearch } from "./asset-search.ts";
import styles from "./AssetFilters.module.css";

/** The filters that the list and the graph share; they are in the address. */
export function AssetFilters(props: {
  readonly search: AssetsSearch;
  readonly groups: readonly string[];
  readonly onChange: (next: AssetsSearch) => void;
  readonly children?: ReactNode;
}) {
  const { search, onChange } = props;
  const set = (key: "search" | "group" | "state", value: string | null): void => {
    const { [key]: _old, ...rest } = search;
    onChange(value ? { ...rest, [key]: value } : rest);
  };
  return (
    <Group gap={8} className={styles["filters"] ?? ""}>
      <TextInput
        aria-label="Search assets"
        placeholder="Key, group, kind"
        leftSection={<IconSearch size={13} />}
        value={search.search ?? ""}
        onChange={(event) => set("search", event.currentTarget.value)}
        className={styles["text"] ?? ""}
      />
      <Select
        aria-label="Group"
        placeholder="Any group"
        clearable
        searchable
        data={[...props.groups]}
        value={search.group ?? null}
        onChange={(value) => set("group", value)}
        className={styles["select"] ?? ""}
      />
      <Select
        aria-label="State"
        placeholder="Any state"
        clearable
        data={ASSET_STATES.map((state) => ({ value: state, label: lookOfAsset(state).label }))}
        value={search.state ?? null}
        onChange={(value) => set("state", value)}
        className={styles["select"] ?? ""}
      />
      {props.children}
    </Group>
  );
}
