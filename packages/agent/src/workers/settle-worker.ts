import { createAgentApiClient, AgentApiRefused } from "@millrace/protocol/agent-api-client";
import { ReportWorkerExitDocument } from "@millrace/protocol/agent-api.gen";
import type { AttemptOfWorker } from "@millrace/protocol/journal/deliver-events";
import { deliverRemainder } from "@millrace/protocol/journal/deliver-remainder";
import { readWorkerId } from "@millrace/protocol/journal/worker-files";
import type { AgentContext } from "../context/agent-context.ts";
import type { JournalFiles, WorkerHandle } from "../launchers/launcher.ts";

/**
 * What is left to do for a worker that has ended: deliver what it could not deliver itself, in order, then report its end,
 * so that a run without a final event fails with the cause named. Tries until the control plane has answered.
 */
export async function settleWorker(
  { uplink, agentId, logger }: Pick<AgentContext, "uplink" | "agentId" | "logger">,
  worker: WorkerHandle,
  signal: AbortSignal,
): Promise<void> {
  const { runId, attempt } = worker;
  const log = { runId, attempt };
  const end = await worker.ended;
  const journal = await worker.openJournal();
  const workerId = journal === null ? null : readWorkerId(journal.directory);
  try {
    // Of one that never came to its run there is nothing; its output would be taken for that of the next worker.
    if (journal !== null && (workerId !== null || end.how !== "never_started"))
      await deliver({ runId, attempt, workerId }, journal, (message) => logger.error(log, message), signal);
  } catch (error) {
    if (!(error instanceof AgentApiRefused)) throw error;
    logger.error(
      { ...log, err: error },
      "the control plane refused what a worker left behind; the run may lack its last events",
    );
  }
  const how = end.how.toUpperCase() as Uppercase<typeof end.how>;
  const input = { agentId, runId, attempt, workerId, ...end, how };
  try {
    await uplink.sendUntilAnswered(ReportWorkerExitDocument, { input }, signal);
  } catch (error) {
    if (!(error instanceof AgentApiRefused)) throw error;
    logger.error({ ...log, err: error }, "the control plane refused the report of a worker's end");
  }
}

async function deliver(
  attempt: AttemptOfWorker,
  { directory, credentials }: JournalFiles,
  onNotice: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!credentials) return; // Without the run's token nothing can be said for it; its end is reported all the same.
  const client = createAgentApiClient(credentials.agentApiUrl, credentials.runToken);
  try {
    await deliverRemainder(client, attempt, directory, onNotice, signal);
  } finally {
    client.close();
  }
}
