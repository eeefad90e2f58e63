import { Group, SegmentedControl, Text } from "@mantine/core";
import type { LaunchBackfillInput } from "../../backfills/backfills.gen.ts";

/** Which partitions of a range are made. */
export type OnlyStates = "all" | "missing" | "unmade";

const STATES: { value: OnlyStates; label: string }[] = [
  { value: "all", label: "All" },
  { value: "missing", label: "Missing" },
  { value: "unmade", label: "Missing and failed" },
];

/** Asks which partitions of a range to make: those that are there already cost as much again. */
export function OnlyStatesField(props: {
  readonly value: OnlyStates;
  readonly onChange: (value: OnlyStates) => void;
}) {
  return (
    <Group justify="space-between" gap={8}>
      <Text size="xs" fw={500}>
        Which of them
      </Text>
      <SegmentedControl
        aria-label="Which of them"
        data={STATES}
        value={props.value}
        onChange={props.onChange}
      />
    </Group>
  );
}

/** The part of a launch that says it. */
export function toStates(only: OnlyStates): Pick<LaunchBackfillInput, "states"> {
  if (only === "all") return {};
  return { states: only === "missing" ? ["MISSING"] : ["MISSING", "FAILED"] };
}
