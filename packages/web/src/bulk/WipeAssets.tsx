import { Button, Group, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconEraser } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { execute } from "../graphql/client.ts";
import { formatQuantity } from "../ui/number-format.ts";
import { BulkProgress } from "./BulkProgress.tsx";
import { WipeAssetsDocument } from "./bulk.gen.ts";

/** Forgets what has happened to many assets, if there are any, and shows how far that is, also when these are listed no more. */
export function WipeAssets({ keys, label }: { readonly keys: readonly string[]; readonly label: string }) {
  const [asking, ask] = useDisclosure(false);
  const [operation, follow] = useState<string | null>(null);
  const begin = useMutation({
    mutationFn: async () => {
      const begun = await execute(WipeAssetsDocument, { keys: [...keys] });
      if (begun.operation.__typename === "InvalidInput") throw new Error(begun.operation.message);
      return begun.operation.id;
    },
    onSuccess: follow,
    onSettled: ask.close,
    onError: (error) =>
      notifications.show({ title: "Nothing was forgotten", message: error.message, color: "red" }),
  });
  return (
    <>
      {keys.length === 0 ? null : (
        <Button variant="default" leftSection={<IconEraser size={15} />} onClick={ask.open}>
          {label}
        </Button>
      )}
      <Modal
        opened={asking}
        onClose={ask.close}
        title={`Wipe the history of ${formatQuantity(keys.length, "asset")}?`}
      >
        <Text size="sm">
          Their materializations, observations and checks are forgotten, of all partitions. Stored values and
          runs stay. This can&apos;t be undone. The server goes on when this page is closed.
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={ask.close}>
            Cancel
          </Button>
          <Button color="red" loading={begin.isPending} onClick={() => begin.mutate()}>
            Wipe history
          </Button>
        </Group>
      </Modal>
      {operation === null ? null : <BulkProgress id={operation} onClose={() => follow(null)} />}
    </>
  );
}
