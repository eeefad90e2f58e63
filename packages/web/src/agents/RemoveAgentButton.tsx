import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { RemoveAgentDocument } from "./agents.gen.ts";

/** Forgets an agent that is gone, without a question: one that comes back is there again. */
export function RemoveAgentButton({
  agent,
}: {
  readonly agent: { readonly id: string; readonly name: string };
}) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => execute(RemoveAgentDocument, { id: agent.id }),
    onSettled: () => client.invalidateQueries(),
    onError: (error) =>
      notifications.show({ title: "The agent was not removed", message: error.message, color: "red" }),
  });
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      aria-label={`Remove ${agent.name}`}
      loading={remove.isPending}
      onClick={() => remove.mutate()}
    >
      Remove
    </Button>
  );
}
