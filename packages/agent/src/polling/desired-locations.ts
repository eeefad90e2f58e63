import { DesiredLocationsDocument } from "@millrace/protocol/agent-api.gen";
import type { Logger } from "pino";
import type { LocationSet } from "../locations/location-set.ts";
import { HOLD_MS, HOLD_TIMEOUT_MS, repeat, type Uplink } from "../uplink/uplink.ts";

/** Follows what the control plane wants served, until the signal is aborted. */
export async function runDesiredLocationsLoop(
  uplink: Uplink,
  locations: LocationSet,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let haveRevision: string | null = null;
  await repeat(
    async () => {
      const { desiredLocations } = await uplink.send(
        DesiredLocationsDocument,
        { haveRevision, waitMs: HOLD_MS },
        { signal, timeoutMs: HOLD_TIMEOUT_MS },
      );
      if (desiredLocations.revision === haveRevision) return;
      locations.desire(desiredLocations.locations);
      haveRevision = desiredLocations.revision;
    },
    logger,
    signal,
  );
}
