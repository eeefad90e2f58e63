import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { describeSource, isFolder } from "./describe-version.ts";
import { RollbackCodeLocationDocument } from "./locations.gen.ts";

/** Gives a location the document of an older revision again, once somebody has read what that means. */
export function RollBackButton(props: {
  readonly name: string;
  readonly revision: number;
  readonly document: unknown;
}) {
  const { name, revision, document } = props;
  const [asking, ask] = useDisclosure(false);
  const client = useQueryClient();
  const rollBack = useMutation({
    mutationFn: async () => {
      const { rollbackCodeLocation: result } = await execute(RollbackCodeLocationDocument, {
        name,
        revision,
      });
      if (result.__typename !== "CodeLocationRolledBack") throw new Error(result.message);
    },
    onSuccess: ask.close,
    onSettled: () => client.invalidateQueries(),
    onError: (error) =>
      notifications.show({ title: `${name} was not rolled back`, message: error.message, color: "red" }),
  });
  return (
    <>
      <Button variant="subtle" size="compact-xs" aria-label={`Roll back to ${revision}`} onClick={ask.open}>
        Roll back
      </Button>
      <Modal opened={asking} onClose={ask.close} title={`Roll ${name} back to revision ${revision}?`}>
        <Text size="sm">
          It gets the document of revision {revision} again, as a new revision:{" "}
          <span className="mono">{describeSource(document)}</span>. What serves goes on serving until that has
          loaded, and running runs keep their version.
        </Text>
        {isFolder(document) ? (
          <Text size="sm" mt="sm">
            Its code is in a folder: the files that are there now are loaded, not those of revision {revision}
            .
          </Text>
        ) : null}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            Keep the newest
          </Button>
          <Button loading={rollBack.isPending} onClick={() => rollBack.mutate()}>
            Roll back to {revision}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
