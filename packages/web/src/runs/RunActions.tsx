import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { isFinished } from "@millrace/model/run-status";
import { IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { execute } from "../graphql/client.ts";
import type { RunDetails } from "./RunPage.tsx";
import { ReexecuteRunDocument, TerminateRunDocument } from "./runs.gen.ts";

/** What one can do with a run: end it while it goes on, run it again once it has ended. */
export function RunActions({ run }: { readonly run: RunDetails }) {
  return isFinished(run.status) ? <RerunButton run={run} /> : <TerminateButton run={run} />;
}

function RerunButton({ run }: { readonly run: RunDetails }) {
  const navigate = useNavigate();
  const rerun = useMutation({
    mutationFn: () => execute(ReexecuteRunDocument, { id: run.id }),
    onSuccess: ({ reexecuteRun: result }) => {
      if (result.__typename === "LaunchedRun")
        void navigate({ to: "/runs/$runId", params: { runId: result.run.id } });
      else showProblem("The run was not launched", result.message);
    },
    onError: (error) => showProblem("The run was not launched", error.message),
  });
  return (
    <Button
      variant="default"
      leftSection={<IconRefresh size={15} />}
      loading={rerun.isPending}
      onClick={() => rerun.mutate()}
    >
      Re-run
    </Button>
  );
}

function TerminateButton({ run }: { readonly run: RunDetails }) {
  const [asking, ask] = useDisclosure(false);
  const client = useQueryClient();
  const terminate = useMutation({
    mutationFn: () => execute(TerminateRunDocument, { id: run.id }),
    onSuccess: ({ terminateRun: result }) => {
      if (result.__typename !== "Run") showProblem("The run was not terminated", result.message);
    },
    onError: (error) => showProblem("The run was not terminated", error.message),
    onSettled: () => {
      ask.close();
      void client.invalidateQueries();
    },
  });
  return (
    <>
      <Button
        color="red"
        variant="light"
        leftSection={<IconPlayerStop size={15} />}
        disabled={run.status === "CANCELING"}
        onClick={ask.open}
      >
        {run.status === "CANCELING" ? "Terminating" : "Terminate"}
      </Button>
      <Modal opened={asking} onClose={ask.close} title="Terminate this run?">
        <Text size="sm">
          {run.status === "QUEUED"
            ? "It has not started; it will be canceled at once."
            : "Its steps are interrupted and get time to clean up; then the worker is killed. Finished steps keep their results."}
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            Keep running
          </Button>
          <Button color="red" loading={terminate.isPending} onClick={() => terminate.mutate()}>
            Terminate run
          </Button>
        </Group>
      </Modal>
    </>
  );
}

function showProblem(title: string, message: string): void {
  notifications.show({ title, message, color: "red" });
}
