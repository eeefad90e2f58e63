import { createLooks, type StateLook } from "../ui/tone.ts";
import type { BackfillRowFragment, BackfillStatus } from "./backfills.gen.ts";

const lookOfStatus = createLooks<BackfillStatus>({
  REQUESTED: { label: "Running", tone: "live", active: true },
  CANCELING: { label: "Canceling", tone: "warn", active: true },
  CANCELED: { label: "Canceled", tone: "warn", active: false },
  FAILED: { label: "Failed", tone: "bad", active: false },
  COMPLETED_SUCCESS: { label: "Done", tone: "good", active: false },
  COMPLETED_FAILED: { label: "Done, some failed", tone: "bad", active: false },
});

const PAUSED: StateLook = { label: "Paused", tone: "idle", active: false };

/** How a backfill stands, as it is shown. */
export function lookOfBackfill({
  status,
  paused,
}: Pick<BackfillRowFragment, "status" | "paused">): StateLook {
  return paused && status === "REQUESTED" ? PAUSED : lookOfStatus(status);
}
