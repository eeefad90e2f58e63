import { Button } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";

const LaunchJobDialog = lazy(() =>
  import("./LaunchJobDialog.tsx").then((module) => ({ default: module.LaunchJobDialog })),
);

/** Opens the dialog that launches a job. */
export function LaunchJobButton({
  job,
  compact = false,
}: {
  readonly job: { readonly name: string; readonly locationName: string };
  readonly compact?: boolean;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant={compact ? "subtle" : "filled"}
        size={compact ? "compact-xs" : "xs"}
        leftSection={<IconPlayerPlay size={compact ? 12 : 14} />}
        onClick={() => setOpen(true)}
        {...(compact ? { "aria-label": `Launch ${job.name}` } : {})}
      >
        Launch
      </Button>
      {open ? (
        <Suspense>
          <LaunchJobDialog locationName={job.locationName} name={job.name} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
