import { Text } from "@mantine/core";
import { LaunchDialog } from "../runs/launch/LaunchDialog.tsx";
import { formatQuantity } from "../ui/number-format.ts";

/** Asks for what materializing these assets needs, and launches it. */
export function MaterializeDialog({
  keys,
  onClose,
}: {
  readonly keys: readonly string[];
  readonly onClose: () => void;
}) {
  const [only] = keys;
  return (
    <LaunchDialog
      title={
        keys.length === 1 ? `Materialize ${only}` : `Materialize ${formatQuantity(keys.length, "asset")}`
      }
      subject={{ assetSelection: [...keys] }}
      onClose={onClose}
    >
      {keys.length > 1 ? (
        <Text size="xs" className="quiet" mb="sm" lineClamp={3}>
          {keys.join(", ")}
        </Text>
      ) : null}
    </LaunchDialog>
  );
}
