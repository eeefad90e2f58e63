import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { execute } from "../graphql/client.ts";
import { sumCounts } from "./backfill-words.ts";
import {
  CancelBackfillDocument,
  RelaunchBackfillDocument,
  SetBackfillPausedDocument,
  type BackfillRowFragment,
  type BackfillStrategy,
} from "./backfills.gen.ts";

/** What one can do with a backfill: hold it or cancel it while it goes on, make it again once it has ended. */
export function BackfillActions({ backfill }: { readonly backfill: BackfillRowFragment }) {
  if (backfill.status === "CANCELING") return null;
  return backfill.endedAt === null ? (
    <OpenActions backfill={backfill} />
  ) : (
    <EndedActions backfill={backfill} />
  );
}

function OpenActions({ backfill: { id, paused } }: { readonly backfill: BackfillRowFragment }) {
  const [asking, ask] = useDisclosure(false);
  const hold = useChange(async () => {
    const { setBackfillPaused: result } = await execute(SetBackfillPausedDocument, { id, paused: !paused });
    return "message" in result ? result.message : null;
  });
  const cancel = useChange(async () => {
    const { cancelBackfill: result } = await execute(CancelBackfillDocument, { id });
    return "message" in result ? result.message : null;
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={paused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
        loading={hold.isPending}
        onClick={() => hold.mutate()}
      >
        {paused ? "Resume" : "Pause"}
      </Button>
      <Button color="red" variant="light" leftSection={<IconPlayerStop size={15} />} onClick={ask.open}>
        Cancel
      </Button>
      <Modal opened={asking} onClose={ask.close} title="Cancel this backfill?">
        <Text size="sm">Nothing more is launched, and its runs are ended. What they made stays.</Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            Keep it
          </Button>
          <Button
            color="red"
            loading={cancel.isPending}
            onClick={() => cancel.mutate(undefined, { onSettled: ask.close })}
          >
            Cancel backfill
          </Button>
        </Group>
      </Modal>
    </>
  );
}

function EndedActions({ backfill }: { readonly backfill: BackfillRowFragment }) {
  const navigate = useNavigate();
  const { targeted, materialized } = sumCounts(backfill.targets);
  const relaunch = useMutation({
    mutationFn: (strategy: BackfillStrategy) =>
      execute(RelaunchBackfillDocument, { id: backfill.id, strategy }),
    onSuccess: ({ relaunchBackfill: result }) => {
      if (result.__typename !== "LaunchedBackfill") return showProblem(result.message);
      void navigate({ to: "/backfills/$backfillId", params: { backfillId: result.backfill.id } });
    },
    onError: (error) => showProblem(error.message),
  });
  return (
    <>
      {materialized < targeted ? (
        <Button
          leftSection={<IconRefresh size={15} />}
          loading={relaunch.isPending}
          onClick={() => relaunch.mutate("FROM_FAILURE")}
        >
          Make what is left
        </Button>
      ) : null}
      <Button variant="default" loading={relaunch.isPending} onClick={() => relaunch.mutate("ALL")}>
        Make all again
      </Button>
    </>
  );
}

/** A change that may be refused: why is shown, and everything is asked for again. */
function useChange(change: () => Promise<string | null>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (refusal) => {
      if (refusal !== null) showProblem(refusal);
    },
    onError: (error) => showProblem(error.message),
    onSettled: () => client.invalidateQueries(),
  });
}

function showProblem(message: string): void {
  notifications.show({ title: "The backfill was not changed", message, color: "red" });
}
