import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { PauseCodeLocationDocument } from "./locations.gen.ts";

/** Keeps the runs of a location in the queue, or lets them start again. */
export function PauseButton({ name, paused }: { readonly name: string; readonly paused: boolean }) {
  const client = useQueryClient();
  const pause = useMutation({
    mutationFn: () => execute(PauseCodeLocationDocument, { name, paused: !paused }),
    onSettled: () => client.invalidateQueries(),
    onError: (error) =>
      notifications.show({ title: `${name} goes on as before`, message: error.message, color: "red" }),
  });
  return (
    <Button
      variant="default"
      leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
      loading={pause.isPending}
      aria-label={paused ? `Let runs of ${name} start` : `Pause runs of ${name}`}
      onClick={() => pause.mutate()}
    >
      {paused ? "Let runs start" : "Pause runs"}
    </Button>
  );
}
