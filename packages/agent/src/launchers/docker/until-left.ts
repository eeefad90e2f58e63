import { TOO_LATE, within } from "@millrace/model/waiting/within";
import type { WorkerEnd } from "@millrace/model/runs/worker-end";
import type { DockerHost } from "./docker-host.ts";
import { untilInFolder } from "./until-in-folder.ts";

/** What a container is awaited to leave in a folder that it shares with the agent. */
export interface Awaited {
  readonly folder: string;
  readonly isThere: () => boolean;
  readonly ended: Promise<WorkerEnd>;
  readonly timeoutMs: number;
}

/**
 * Waits until a container has left something.
 *
 * @returns null when it has, else how the container ended before; TOO_LATE when it has done neither in time.
 * @throws the signal's reason.
 */
export async function untilLeft(
  { clock }: Pick<DockerHost, "clock">,
  { folder, isThere, ended, timeoutMs }: Awaited,
  signal: AbortSignal,
): Promise<WorkerEnd | typeof TOO_LATE | null> {
  const over = new AbortController();
  try {
    const first = Promise.race([untilInFolder(folder, isThere, over.signal), ended]);
    const outcome = await within(clock, timeoutMs, first, signal);
    if (isThere()) return null;
    return outcome === TOO_LATE ? TOO_LATE : await ended;
  } finally {
    over.abort();
  }
}
