import { Button, Group, Menu, Modal, Progress, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { execute } from "../graphql/client.ts";
import { useLiveQuery } from "../graphql/live-query.ts";
import { showRunProblem } from "./run-problem.ts";
import {
  BulkOperationDocument,
  CancelRunsDocument,
  DeleteRunsDocument,
  ReexecuteRunsDocument,
  StopBulkOperationDocument,
  type RunsFilter,
} from "./runs.gen.ts";

/** How often one looks how far an operation is. */
const LOOK_MS = 500;

/** What can be done to all runs of a filter, and in which words it is asked for. */
const ACTIONS = {
  cancel: {
    label: "Cancel",
    explanation: "Those that have not ended are interrupted; those that wait are canceled at once.",
    send: (filter: RunsFilter) => execute(CancelRunsDocument, { filter }),
  },
  reexecute: {
    label: "Run again",
    explanation: "Each that has ended is launched again as a whole.",
    send: (filter: RunsFilter) => execute(ReexecuteRunsDocument, { filter, strategy: "ALL_STEPS" }),
  },
  retry: {
    label: "Run again from failure",
    explanation: "Each that has ended without success is launched again from its failure.",
    send: (filter: RunsFilter) => execute(ReexecuteRunsDocument, { filter, strategy: "FROM_FAILURE" }),
  },
  delete: {
    label: "Delete",
    explanation:
      "Those that have ended are gone with their events and output. What they made of assets stays.",
    send: (filter: RunsFilter) => execute(DeleteRunsDocument, { filter }),
  },
} as const;
type ActionName = keyof typeof ACTIONS;

/** Does the same to all runs that the list's filters name, those further down included. */
export function BulkActions({ filter }: { readonly filter: RunsFilter }) {
  const [asked, ask] = useState<ActionName | null>(null);
  const [operation, follow] = useState<string | null>(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} />}>
            All of these runs
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(Object.keys(ACTIONS) as ActionName[]).map((name) => (
            <Menu.Item key={name} onClick={() => ask(name)}>
              {ACTIONS[name].label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {asked === null ? null : (
        <AskDialog
          name={asked}
          filter={filter}
          onBegun={(id) => {
            ask(null);
            follow(id);
          }}
          onClose={() => ask(null)}
        />
      )}
      {operation === null ? null : <BulkProgress id={operation} onClose={() => follow(null)} />}
    </>
  );
}

function AskDialog(props: {
  readonly name: ActionName;
  readonly filter: RunsFilter;
  readonly onBegun: (operation: string) => void;
  readonly onClose: () => void;
}) {
  const { label, explanation, send } = ACTIONS[props.name];
  const begin = useMutation({
    mutationFn: () => send(props.filter),
    onSuccess: ({ operation }) => props.onBegun(operation.id),
    onError: (error) => showRunProblem("Nothing was done to the runs", error.message),
  });
  const isFiltered = Object.keys(props.filter).length > 0;
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={`${label}: all runs${isFiltered ? " that match the filters" : ""}?`}
    >
      <Text size="sm">{explanation} The server goes on when this page is closed.</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={props.onClose}>
          Leave them
        </Button>
        <Button color="red" loading={begin.isPending} onClick={() => begin.mutate()}>
          {label}
        </Button>
      </Group>
    </Modal>
  );
}

/** How far an operation is; closing it lets it go on. */
function BulkProgress({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { data } = useLiveQuery(BulkOperationDocument, { id }, { pollMs: LOOK_MS });
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: () => execute(StopBulkOperationDocument, { id }),
    onSettled: () => client.invalidateQueries(),
  });
  const operation = data?.bulkOperation;
  if (!operation) return null;
  const { status, total, done, refused, refusals } = operation;
  const share = total === 0 ? 100 : ((done + refused) / total) * 100;
  return (
    <Modal
      opened
      onClose={onClose}
      title={status === "RUNNING" ? "Under way" : status === "DONE" ? "Done" : "Stopped"}
    >
      <Progress value={status === "RUNNING" ? share : 100} aria-label="Progress" />
      <Text size="sm" mt="xs" role="status">
        {done} of {total} runs{refused > 0 ? `, ${refused} refused` : ""}
      </Text>
      {refusals.map(({ runId, message }) => (
        <Text key={runId} size="sm" className="quiet">
          {message}
        </Text>
      ))}
      <Group justify="flex-end" mt="md">
        {status === "RUNNING" ? (
          <Button variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
            Stop
          </Button>
        ) : null}
        <Button onClick={onClose}>Close</Button>
      </Group>
    </Modal>
  );
}
