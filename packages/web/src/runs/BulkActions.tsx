import { Button, Group, Menu, Modal, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { BulkProgress } from "../bulk/BulkProgress.tsx";
import { execute } from "../graphql/client.ts";
import { showRunProblem } from "./run-problem.ts";
import {
  CancelRunsDocument,
  DeleteRunsDocument,
  ReexecuteRunsDocument,
  type RunsFilter,
} from "./runs.gen.ts";

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
