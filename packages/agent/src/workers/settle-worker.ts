import { createAgentApiClient, AgentApiRefused } from "@millrace/protocol/agent-api-client";
import { ReportWorkerExitDocument } from "@millrace/protocol/agent-api.gen";
import { deliverRemainder } from "@millrace/protocol/journal/deliver-remainder";
import { logPath, readWorkerId } from "@millrace/protocol/journal/worker-files";
import type { Logger } from "pino";
import type { Uplink } from "../uplink/uplink.ts";
import { readTail } from "../home/read-tail.ts";
import { readCredentials } from "./worker-directory.ts";
import type { TrackedWorker } from "./worker-registry.ts";

/** The control plane takes 4 KB of the last words of a worker. */
const LAST_STDERR_BYTES = 4_096;

/**
 * What is left to do for a worker that has ended: deliver what it could not deliver itself, in order, then report its end,
 * so that a run without a final event fails with the cause named. Tries until the control plane has answered.
 */
export async function settleWorker(
  uplink: Uplink,
  agentId: string,
  ended: Omit<TrackedWorker, "reported">,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { runId, attempt, directory, worker } = ended;
  const log = { runId, attempt };
  try {
    await deliver(ended, logger, signal);
  } catch (error) {
    if (!(error instanceof AgentApiRefused)) throw error;
    logger.error(
      { ...log, err: error },
      "the control plane refused what a worker left behind; the run may lack its last events",
    );
  }
  const exit = await worker.ended;
  try {
    await uplink.sendUntilAnswered(
      ReportWorkerExitDocument,
      {
        input: {
          agentId,
          runId,
          attempt,
          workerId: readWorkerId(directory),
          ...exit,
          lastStderr: readTail(logPath(directory, "stderr"), LAST_STDERR_BYTES),
        },
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof AgentApiRefused)) throw error;
    logger.error({ ...log, err: error }, "the control plane refused the report of a worker's end");
  }
}

async function deliver(
  ended: Omit<TrackedWorker, "reported">,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { runId, attempt, directory } = ended;
  const credentials = readCredentials(directory, logger);
  if (!credentials) return; // Without the run's token nothing can be said for it; its end is reported all the same.
  const client = createAgentApiClient(credentials.agentApiUrl, credentials.runToken);
  try {
    await deliverRemainder(client, { runId, attempt, workerId: readWorkerId(directory) }, directory, signal);
  } finally {
    client.close();
  }
}
