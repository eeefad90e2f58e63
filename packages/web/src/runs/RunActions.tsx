import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { isFinished } from "@millrace/model/run-status";
import { IconPlayerStop } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { ReexecuteMenu } from "./ReexecuteMenu.tsx";
import { showRunProblem } from "./run-problem.ts";
import type { RunDetails } from "./run-details.ts";
import { TerminateRunDocument } from "./runs.gen.ts";

/** What one can do with a run: end it while it goes on, run it again once it has ended. `step`: the one that is looked at. */
export function RunActions({ run, step }: { readonly run: RunDetails; readonly step: string | null }) {
  return isFinished(run.status) ? <ReexecuteMenu run={run} step={step} /> : <TerminateButton run={run} />;
}

function TerminateButton({ run }: { readonly run: RunDetails }) {
  const [asking, ask] = useDisclosure(false);
  const client = useQueryClient();
  const terminate = useMutation({
    mutationFn: () => execute(TerminateRunDocument, { id: run.id }),
    onSuccess: ({ terminateRun: result }) => {
      if (result.__typename !== "Run") showRunProblem("The run was not terminated", result.message);
    },
    onError: (error) => showRunProblem("The run was not terminated", error.message),
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
        <Text size="sm">{explainTermination(run)}</Text>
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

function explainTermination({ status, waitingUntil }: RunDetails): string {
  if (status === "QUEUED") return "It has not started; it will be canceled at once.";
  if (waitingUntil !== null) return "It waits without a worker; it will be canceled at once.";
  return "Its steps are interrupted and get time to clean up; then the worker is killed. Finished steps keep their results.";
}
