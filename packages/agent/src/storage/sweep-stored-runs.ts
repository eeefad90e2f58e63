import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExpiredRunsDocument } from "@millrace/protocol/agent-api.gen";
import type { AgentContext } from "../context/agent-context.ts";

const SWEEP_EVERY_MS = 3_600_000;
/** The control plane is asked about no more runs at once. */
const MAX_ASKED = 500;
const DAY_MS = 24 * 3_600_000;

/** What the default IO manager keeps of a run: the outputs of its ops, for steps and runs that go on from them. */
type StoringContext = Pick<AgentContext, "uplink" | "launcher" | "agentId" | "clock" | "logger">;

/**
 * Removes what is stored of runs that nobody will go on from, at the start and once an hour, until the signal is aborted. Values
 * of assets stay. A sweep that fails is made up for by the next.
 *
 * @param retentionDays how long values stay after their run, as the control plane says.
 */
export async function runStorageLoop(
  context: StoringContext,
  retentionDays: () => number,
  signal: AbortSignal,
): Promise<void> {
  const { launcher, clock, logger } = context;
  if (launcher.storageDirectory === null) return;
  const folder = join(launcher.storageDirectory, "runs");
  while (!signal.aborted) {
    try {
      const removed = await sweepStoredRuns(context, folder, retentionDays(), signal);
      if (removed > 0)
        logger.info({ folder, removed }, "removed what was stored of runs that are over for long");
    } catch (error) {
      if (!signal.aborted) logger.warn({ folder, err: error }, "what is stored of old runs can't be removed");
    }
    await clock.sleep(SWEEP_EVERY_MS, signal);
  }
}

/** One sweep. Returns the number of runs of which nothing is stored any more. */
export async function sweepStoredRuns(
  { uplink, agentId, clock }: StoringContext,
  folder: string,
  retentionDays: number,
  signal: AbortSignal,
): Promise<number> {
  const old = listOldFolders(folder, clock.now() - retentionDays * DAY_MS);
  let removed = 0;
  for (let first = 0; first < old.length; first += MAX_ASKED) {
    const runIds = old.slice(first, first + MAX_ASKED);
    const { expiredRuns } = await uplink.send(ExpiredRunsDocument, { agentId, runIds }, { signal });
    for (const runId of expiredRuns) {
      // The answer names folders only as far as they were asked about.
      if (!runIds.includes(runId)) continue;
      rmSync(join(folder, runId), { recursive: true, force: true });
      removed += 1;
    }
  }
  return removed;
}

/** The folders in which nothing was begun since `before`, in milliseconds since the epoch. */
function listOldFolders(folder: string, before: number): string[] {
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries.filter((entry) => {
    const stat = statSync(join(folder, entry), { throwIfNoEntry: false });
    return stat?.isDirectory() === true && stat.mtimeMs < before;
  });
}
