import { Button, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { useState } from "react";
import { formatCount, formatQuantity } from "../../ui/number-format.ts";
import {
  chooseAll,
  chooseKey,
  countChosen,
  type ChoiceDimension,
  type PartitionChoice,
  type PartitionMode,
} from "./partition-choice.ts";
import styles from "./LaunchForm.module.css";

const MODES: { value: PartitionMode; label: string }[] = [
  { value: "one", label: "One" },
  { value: "range", label: "A range in one run" },
  { value: "runs", label: "A range as runs" },
];

/** Which partitions a launch is for: one, or a range of them, in one run or in several; of several dimensions a key or a range of each. */
export function PartitionFields(props: {
  readonly dimensions: readonly ChoiceDimension[];
  readonly choice: PartitionChoice;
  /** Whether what is missing is marked: after somebody tried to launch. */
  readonly showMissing: boolean;
  readonly onChange: (choice: PartitionChoice) => void;
  readonly onAddKey: (dynamicName: string, key: string) => Promise<void>;
}) {
  const { dimensions, choice, onChange } = props;
  const { mode } = choice;
  const isRange = mode !== "one";
  const count = countChosen(dimensions, choice);
  const select = (end: "from" | "to", dimension: ChoiceDimension, index: number) => (
    <PartitionSelect
      key={`${end} ${dimension.name}`}
      label={labelOf(dimension, isRange ? end : null)}
      bare={dimension.name === null && !isRange}
      dimension={dimension}
      value={choice[end][index] ?? null}
      missing={props.showMissing}
      onChange={(key) => onChange(chooseKey(choice, end, index, key))}
      onAddKey={async (key) => {
        await props.onAddKey(dimension.dynamicName ?? "", key);
        onChange(chooseKey(choice, end, index, key));
      }}
    />
  );
  return (
    <section aria-label="Partitions">
      <Group justify="space-between" gap={8} mb={8}>
        <Text size="xs" fw={500} component="h3" m={0}>
          Partition
        </Text>
        <Group gap={8}>
          <Button
            variant="subtle"
            size="compact-xs"
            onClick={() => onChange(chooseAll(dimensions, mode === "one" ? "runs" : mode))}
          >
            All partitions
          </Button>
          <SegmentedControl
            aria-label="One partition or a range"
            data={MODES}
            value={mode}
            onChange={(next) => onChange({ ...choice, mode: next })}
          />
        </Group>
      </Group>
      <div className={styles["keys"]}>
        {dimensions.map((dimension, index) => (
          <div key={dimension.name} className={styles["keyPair"]}>
            {select("from", dimension, index)}
            {isRange ? select("to", dimension, index) : null}
          </div>
        ))}
      </div>
      {isRange && count !== null ? (
        <Text size="xs" mt={6} {...(count === 0 ? { c: "var(--tone-bad)", role: "alert" } : {})}>
          {count === 0 ? "The range ends before it begins" : describeCount(count, mode)}
        </Text>
      ) : null}
    </section>
  );
}

function describeCount(count: number, mode: PartitionMode): string {
  const partitions = formatQuantity(count, "partition");
  return mode === "runs"
    ? `${partitions}, a run for each unless the assets take several at once`
    : partitions;
}

function labelOf({ name }: ChoiceDimension, end: "from" | "to" | null): string {
  if (end === null) return name ?? "Partition";
  const word = end === "from" ? "First" : "Last";
  return name === null ? `${word} partition` : `${word} ${name}`;
}

/** Never the key of a partition. */
const ADD = "\u0000add";

function PartitionSelect(props: {
  readonly label: string;
  /** Whether the label is for screen readers only. */
  readonly bare: boolean;
  readonly dimension: ChoiceDimension;
  readonly value: string | null;
  readonly missing: boolean;
  readonly onChange: (key: string | null) => void;
  readonly onAddKey: (key: string) => Promise<void>;
}) {
  const { dimension, value } = props;
  const [search, setSearch] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const canAdd =
    dimension.dynamicName !== null && search.trim() !== "" && !dimension.keys.includes(search.trim());
  const { earlier } = dimension;
  const keys = earlier === null ? dimension.keys : [...dimension.keys, earlier.first];
  const options = keys.map((key) => ({ value: key, label: key }));
  return (
    <Select
      {...(props.bare ? { "aria-label": props.label } : { label: props.label })}
      {...(earlier === null
        ? {}
        : {
            description: `The newest ${formatCount(dimension.keys.length)} and the first are listed, of ${formatCount(dimension.keys.length + earlier.count)}`,
          })}
      searchable
      limit={200}
      data={canAdd ? [...options, { value: ADD, label: `Add "${search.trim()}"` }] : options}
      filter={({ options: all, search: text, limit }) =>
        all
          .filter(
            (option) => "value" in option && (option.value === ADD || option.value.includes(text.trim())),
          )
          .slice(0, limit)
      }
      value={value}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={(key) => {
        setProblem(null);
        if (key !== ADD) return props.onChange(key);
        props.onAddKey(search.trim()).catch((error: unknown) => setProblem((error as Error).message));
      }}
      placeholder={dimension.dynamicName === null ? "Choose a partition" : "Choose one, or write a new key"}
      nothingFoundMessage={
        dimension.dynamicName === null ? "No partition has that key" : "No keys yet: write one to add it"
      }
      error={problem ?? (props.missing && value === null ? "Choose a partition" : null)}
    />
  );
}
