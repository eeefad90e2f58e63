import { Loader, Modal, Text } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { documentQuery } from "../graphql/live-query.ts";
import { LaunchForm } from "../runs/launch/LaunchForm.tsx";
import { formatQuantity } from "../ui/number-format.ts";
import { LaunchableAssetDocument } from "./assets.gen.ts";
import { createAssetTarget } from "./launch-assets.ts";
import { usePartitions } from "./partition-keys.ts";

/** Asks for what materializing these assets needs, and launches it. */
export function MaterializeDialog({
  keys,
  onClose,
}: {
  readonly keys: readonly string[];
  readonly onClose: () => void;
}) {
  const answers = useQueries({ queries: keys.map((key) => documentQuery(LaunchableAssetDocument, { key })) });
  const assets = answers.flatMap((answer) => answer.data?.asset ?? []);
  const partitioned = assets.find((asset) => asset.partitions !== null);
  const partitions = usePartitions(partitioned?.key ?? null);
  const error = [...answers, partitions].find((answer) => answer.isError)?.error;
  const ready = answers.every((answer) => answer.isSuccess) && (!partitioned || partitions.isSuccess);
  const [only] = keys;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={
        keys.length === 1 ? `Materialize ${only}` : `Materialize ${formatQuantity(keys.length, "asset")}`
      }
    >
      {keys.length > 1 ? (
        <Text size="xs" className="quiet" mb="sm" lineClamp={3}>
          {keys.join(", ")}
        </Text>
      ) : null}
      {error ? <Text role="alert">{error.message}</Text> : null}
      {ready ? (
        <LaunchForm
          target={createAssetTarget(
            assets,
            partitioned ? (partitions.data ?? []).map((partition) => partition.key) : null,
          )}
          action="Launch run"
          onDone={onClose}
        />
      ) : error ? null : (
        <Loader size="sm" aria-label="Loading" />
      )}
    </Modal>
  );
}
