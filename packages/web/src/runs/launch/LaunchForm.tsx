import { Button, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { execute } from "../../graphql/client.ts";
import { type LaunchRunInput, LaunchRunDocument } from "../runs.gen.ts";
import { ConfigFields } from "./ConfigFields.tsx";
import { checkConfig, type ConfigProblem } from "./json-schema.ts";
import styles from "./LaunchForm.module.css";

/** What will be launched, and what has to be asked for before. */
export interface LaunchTarget {
  readonly input: Pick<LaunchRunInput, "locationName" | "jobName" | "assetSelection">;
  /** JSON Schema of the run config; null: nothing to check. */
  readonly schema: unknown;
  readonly startConfig: unknown;
  /** Newest last; null: not partitioned. */
  readonly partitionKeys: readonly string[] | null;
}

/** Partition and run config of a launch; a config that does not match is answered at the place that is wrong. */
export function LaunchForm(props: {
  readonly target: LaunchTarget;
  readonly action: string;
  readonly onDone: () => void;
}) {
  const { target } = props;
  const navigate = useNavigate();
  const [partition, setPartition] = useState<string | null>(target.partitionKeys?.at(-1) ?? null);
  const [text, setText] = useState(() => JSON.stringify(target.startConfig ?? {}, null, 2));
  const { config, problems } = checkConfig(text, target.schema);
  const launch = useMutation({
    mutationFn: () =>
      execute(LaunchRunDocument, {
        input: { ...target.input, runConfig: config, ...(partition ? { partitionKey: partition } : {}) },
      }),
    onSuccess: ({ launchRun: result }) => {
      if (result.__typename !== "LaunchedRun") return;
      props.onDone();
      void navigate({ to: "/runs/$runId", params: { runId: result.run.id } });
    },
  });
  const refused = launch.data?.launchRun;
  const missingPartition = target.partitionKeys !== null && partition === null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        launch.mutate();
      }}
    >
      <Stack gap="sm">
        {target.partitionKeys ? (
          <Select
            label="Partition"
            searchable
            limit={200}
            data={target.partitionKeys.toReversed()}
            value={partition}
            onChange={setPartition}
            placeholder="Choose a partition"
            nothingFoundMessage="No partition has that key"
          />
        ) : null}
        <Textarea
          label="Run config"
          description="JSON; begins with the defaults."
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            launch.reset();
          }}
          autosize
          minRows={3}
          maxRows={18}
          spellCheck={false}
          classNames={{ input: styles["editor"] ?? "" }}
          error={problems.length > 0 ? <Problems problems={problems} /> : null}
        />
        <ConfigFields schema={target.schema} />
        {refused && refused.__typename !== "LaunchedRun" ? (
          <div role="alert" className={styles["refused"]}>
            <Text size="sm" fw={600}>
              {refused.message}
            </Text>
            {refused.__typename === "RunConfigInvalid" ? <Problems problems={refused.errors} /> : null}
          </div>
        ) : null}
        {launch.error ? (
          <div role="alert" className={styles["refused"]}>
            {launch.error.message}
          </div>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={launch.isPending} disabled={problems.length > 0 || missingPartition}>
            {props.action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Problems({ problems }: { readonly problems: readonly ConfigProblem[] }) {
  return (
    <ul className={styles["problems"]}>
      {problems.map((problem) => (
        <li key={`${problem.path} ${problem.message}`}>
          {problem.path ? <code>{problem.path}</code> : null} {problem.message}
        </li>
      ))}
    </ul>
  );
}
