import { IconHourglassEmpty, IconPlugConnectedX } from "@tabler/icons-react";
import { Age } from "../ui/Time.tsx";
import { formatExact } from "../ui/time-format.ts";
import type { RunDetails } from "./run-details.ts";
import styles from "./RunUnreachable.module.css";

/** Says that nothing is heard of a run's worker, or that it is blocked, since when, and what follows; nothing while all is well. */
export function RunUnreachable({ run }: { readonly run: RunDetails }) {
  if (!run.worker?.unreachableSince) {
    if (!run.worker?.blockedSince) return null;
    return (
      <section role="status" aria-label="Worker blocked" className={styles["panel"]}>
        <IconHourglassEmpty size={17} aria-hidden />
        <span>
          <strong>The worker&apos;s main thread is blocked.</strong> It has not answered since{" "}
          <Age at={run.worker.blockedSince} />: the code computes without a pause, or hangs.
        </span>
      </section>
    );
  }
  return (
    <section role="status" aria-label="Worker out of reach" className={styles["panel"]}>
      <IconPlugConnectedX size={17} aria-hidden />
      <span>
        <strong>The worker is out of reach.</strong> Last heard <Age at={run.worker.unreachableSince} />. It
        may still be working: the run keeps its slot, and counts as lost only if nothing is heard until{" "}
        {formatExact(new Date(run.worker.leaseUntil))}.
      </span>
    </section>
  );
}
