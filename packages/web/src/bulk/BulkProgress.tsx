import { Button, Group, Modal, Progress, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { execute } from "../graphql/client.ts";
import { useLiveQuery } from "../graphql/live-query.ts";
import { formatQuantity } from "../ui/number-format.ts";
import { BulkOperationDocument, StopBulkOperationDocument } from "./bulk.gen.ts";

/** How often one looks how far an operation is. */
const LOOK_MS = 500;

/** How far an operation is; closing it lets it go on. */
export function BulkProgress({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { data } = useLiveQuery(BulkOperationDocument, { id }, { pollMs: LOOK_MS });
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: () => execute(StopBulkOperationDocument, { id }),
    onSettled: () => client.invalidateQueries(),
  });
  const operation = data?.bulkOperation;
  if (!operation) return null;
  const { kind, status, total, done, refused, refusals } = operation;
  const share = total === 0 ? 100 : ((done + refused) / total) * 100;
  return (
    <Modal
      opened
      onClose={onClose}
      title={status === "RUNNING" ? "Under way" : status === "DONE" ? "Done" : "Stopped"}
    >
      <Progress value={status === "RUNNING" ? share : 100} aria-label="Progress" />
      <Text size="sm" mt="xs" role="status">
        {done} of {formatQuantity(total, kind === "WIPE" ? "asset" : "run")}
        {refused > 0 ? `, ${refused} refused` : ""}
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
