import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useLiveQuery } from "../graphql/live-query.ts";
import { PartitionKeysDocument } from "./automation.gen.ts";

/** Keys that are offered at a time; the others are found by a part of them. */
const OFFERED = 50;

/** Chooses one partition of an asset, or any. The server looks for the keys, of which there may be a million. */
export function PartitionPicker(props: {
  readonly assetKey: string;
  /** Null: any. */
  readonly partition: string | null;
  readonly onPartition: (partition: string | null) => void;
}) {
  const { assetKey, partition, onPartition } = props;
  const [text, setText] = useState(partition ?? "");
  const [search] = useDebouncedValue(text.trim(), 300);
  // Who has chosen one and opens the list again wants to see others.
  const isChosen = search === "" || search === partition;
  const { data } = useLiveQuery(
    PartitionKeysDocument,
    { key: assetKey, limit: OFFERED, search: isChosen ? null : search },
    { topics: ["assets"] },
  );
  const found = data?.asset?.partitions?.keys.nodes.map(({ key }) => key) ?? [];
  return (
    <Select
      label="Partition"
      placeholder="any"
      searchable
      clearable
      data={partition === null || found.includes(partition) ? found : [partition, ...found]}
      // The server has looked already.
      filter={({ options }) => options}
      value={partition}
      searchValue={text}
      onSearchChange={setText}
      onChange={onPartition}
      nothingFoundMessage={data === undefined ? "Looking …" : "No partition has that key"}
      w={260}
      maw="100%"
    />
  );
}
