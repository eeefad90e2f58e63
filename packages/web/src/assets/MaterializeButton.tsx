import { Button, type ButtonProps } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";

const MaterializeDialog = lazy(() =>
  import("./MaterializeDialog.tsx").then((module) => ({ default: module.MaterializeDialog })),
);

/** Opens the dialog that materializes these assets. */
export function MaterializeButton(props: {
  readonly keys: readonly string[];
  /** Default: `Materialize`. */
  readonly label?: string;
  /** What a screen reader says, where the label alone is not enough. */
  readonly name?: string;
  readonly variant?: NonNullable<ButtonProps["variant"]>;
  readonly compact?: boolean;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant={props.variant ?? "filled"}
        size={props.compact ? "compact-xs" : "xs"}
        leftSection={<IconPlayerPlay size={props.compact ? 12 : 14} />}
        disabled={props.keys.length === 0}
        aria-label={props.name}
        onClick={() => setOpen(true)}
      >
        {props.label ?? "Materialize"}
      </Button>
      {open ? (
        <Suspense>
          <MaterializeDialog keys={props.keys} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
