import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { DrainAgentDocument } from "./agents.gen.ts";

/** Has an agent take no more work, or take it again. */
export function DrainAgentButton({
  agent,
}: {
  readonly agent: { readonly id: string; readonly name: string; readonly drainedAt: string | null };
}) {
  const client = useQueryClient();
  const isDrained = agent.drainedAt !== null;
  const drain = useMutation({
    mutationFn: () => execute(DrainAgentDocument, { id: agent.id, drained: !isDrained }),
    onSettled: () => client.invalidateQueries(),
    onError: (error) =>
      notifications.show({
        title: isDrained ? "The agent does not take work again" : "The agent was not drained",
        message: error.message,
        color: "red",
      }),
  });
  const word = isDrained ? "Resume" : "Drain";
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      aria-label={`${word} ${agent.name}`}
      title={isDrained ? "Let it take work again" : "Let it take no more work; its runs go on"}
      loading={drain.isPending}
      onClick={() => drain.mutate()}
    >
      {word}
    </Button>
  );
}
