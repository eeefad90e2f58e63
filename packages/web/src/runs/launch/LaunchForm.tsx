import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { useConfigDraft } from "./config/config-draft.ts";
import { ConfigEditor } from "./ConfigEditor.tsx";
import { listChoiceDimensions, startChoice, toPartitions } from "./partition-choice.ts";
import { OnlyStatesField, toStates, type OnlyStates } from "./OnlyStatesField.tsx";
import { PartitionFields } from "./PartitionFields.tsx";
import { launchMany, launchOne } from "./launch.ts";
import type { LaunchTarget } from "./use-launch-target.ts";
import styles from "./LaunchForm.module.css";

/** What can take the cursor and is wrong. */
const INVALID = "input[aria-invalid='true'], textarea[aria-invalid='true'], summary[data-invalid]";

/** Partition and run config of a launch; what does not fit is answered at its field, before and after asking. */
export function LaunchForm({
  target,
  onDone,
}: {
  readonly target: LaunchTarget;
  readonly onDone: () => void;
}) {
  const navigate = useNavigate();
  const form = useRef<HTMLFormElement>(null);
  const [now] = useState(() => Date.now());
  const { partitions: definitions, dynamicKeys } = target;
  // Tens of thousands of keys, which stay the same while one types.
  const dimensions = useMemo(
    () => listChoiceDimensions(definitions, now, dynamicKeys),
    [definitions, now, dynamicKeys],
  );
  const [choice, setChoice] = useState(() => startChoice(dimensions));
  const [only, setOnly] = useState<OnlyStates>("all");
  const [tries, setTries] = useState(0);
  const tried = tries > 0;
  const draft = useConfigDraft(target.schema, target.defaultConfig);
  const partitions = toPartitions(dimensions, choice);
  const launch = useMutation({
    mutationFn: () => {
      const input = { ...target.input, runConfig: draft.config };
      return partitions?.partitionRange && choice.mode === "runs"
        ? launchMany({ ...input, partitionRanges: [partitions.partitionRange], ...toStates(only) })
        : launchOne({ ...input, ...partitions });
    },
    onSuccess: ({ launched }) => {
      if (launched === null) return;
      onDone();
      if ("runId" in launched) void navigate({ to: "/runs/$runId", params: launched });
      else void navigate({ to: "/backfills/$backfillId", params: launched });
    },
  });
  const submit = (): void => {
    if (partitions !== null && draft.problems.length === 0) return launch.mutate();
    setTries(tries + 1);
  };
  // By then what is wrong has opened.
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>(INVALID)?.focus();
  }, [tries]);
  const refused = launch.data?.refusal;
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // Portals of React pass on submissions of forms that are not within this one.
        if (event.target === event.currentTarget) submit();
      }}
    >
      <Stack gap="md">
        {dimensions.length > 0 ? (
          <PartitionFields
            dimensions={dimensions}
            choice={choice}
            showMissing={tried}
            onChange={setChoice}
            onAddKey={target.addKey}
          />
        ) : null}
        {choice.mode === "runs" ? <OnlyStatesField value={only} onChange={setOnly} /> : null}
        <ConfigEditor schema={target.schema} draft={draft} showMissing={tried} />
        {refused ? (
          <div role="alert" className={styles["refused"]}>
            {refused}
          </div>
        ) : null}
        {launch.error ? (
          <div role="alert" className={styles["refused"]}>
            {launch.error.message}
          </div>
        ) : null}
        <Group justify="flex-end" className={styles["actions"] ?? ""}>
          {tried && draft.problems.length > 0 ? (
            <Text size="xs" c="var(--tone-bad)" mr="auto">
              {draft.problems.length === 1 ? "One field is" : `${draft.problems.length} fields are`} not right
            </Text>
          ) : null}
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={launch.isPending}>
            {choice.mode === "runs" ? "Launch backfill" : "Launch run"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
