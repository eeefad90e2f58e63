import { createAgentApiClient } from "@millrace/protocol/agent-api-client";
import { createCourier } from "@millrace/protocol/journal/courier";
import type { Attempt } from "@millrace/protocol/journal/deliver-events";
import { hasOwnCourier, readWorkerId } from "@millrace/protocol/journal/worker-files";
import type { ProcessHost } from "./process-host.ts";
import { readCredentials } from "../files/worker-directory.ts";

/** How often it is looked whether the worker speaks for itself. */
const LOOK_MS = 1_000;

/**
 * Speaks for a worker that an earlier agent left and that lives: that agent had lent it a courier, and the author's code may keep its thread
 * busy, so that it can't start its own yet. Delivers what stands in its folder and says that it lives, until it has its own courier,
 * has ended, or we look after it no more. What both say is stored once.
 *
 * @param place where the worker runs, for people.
 */
export async function speakForAdopted(
  {
    clock,
    logger,
    connectionsTo,
    released,
  }: Pick<ProcessHost, "clock" | "logger" | "connectionsTo" | "released">,
  { runId, attempt }: Attempt,
  place: string,
  directory: string,
  ended: Promise<unknown>,
): Promise<void> {
  const credentials = readCredentials(directory, logger);
  const workerId = readWorkerId(directory);
  if (credentials === null || workerId === null || hasOwnCourier(directory)) return;
  const { agentApiUrl, runToken } = credentials;
  const client = createAgentApiClient(agentApiUrl, runToken, connectionsTo(agentApiUrl));
  const over = new AbortController();
  const stop = (): void => over.abort();
  const courier = createCourier(
    client,
    { runId, attempt },
    { workerId, place, agentId: null, codeDigest: null },
    directory,
    {
      onDirective: (directive) => {
        // Its own courier tells it, or the agent's work item does.
        if (directive === "SUPERSEDED") stop();
      },
      onNotice: (message) =>
        logger.warn({ runId, attempt, notice: message }, "a worker is spoken for with difficulty"),
    },
  );
  const signal = AbortSignal.any([over.signal, released]);
  void ended.finally(stop).catch(() => {});
  courier.deliver();
  while (!signal.aborted && !hasOwnCourier(directory)) await clock.sleep(LOOK_MS, signal);
  courier.abandon();
}
