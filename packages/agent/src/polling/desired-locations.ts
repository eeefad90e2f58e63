import { DesiredLocationsDocument } from "@millrace/protocol/agent-api.gen";
import type { WorkContext } from "../requests/work-handler.ts";
import { HOLD_MS, HOLD_TIMEOUT_MS, repeat } from "../uplink/uplink.ts";

/** Follows what the control plane wants served, until the signal is aborted. */
export async function runDesiredLocationsLoop(context: WorkContext, signal: AbortSignal): Promise<void> {
  const { uplink, locations } = context;
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
    context,
    signal,
  );
}
