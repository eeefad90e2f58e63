import type { AgentApiClient } from "../agent-api-client.ts";
import type { Directive } from "../agent-api.gen.ts";
import { AttemptSuperseded } from "./attempt-superseded.ts";
import type { AttemptOfWorker } from "./deliver-events.ts";
import { startDelivery } from "./delivery.ts";

/**
 * Delivers what a worker that has ended left on disk: its events in order and its output, from where the worker's own
 * courier had come to. Used by agents, with the run's token. Tries for ever while the control plane is away; asks nothing
 * when everything was delivered.
 *
 * @param onNotice told what could not be delivered: the worker is gone, and with it the place for events about it.
 * @returns SUPERSEDED when the rest is not wanted, else CONTINUE: everything is stored.
 * @throws AgentApiRefused when the control plane refuses what a worker of this version writes, or the signal's reason.
 */
export async function deliverRemainder(
  client: AgentApiClient,
  attempt: AttemptOfWorker,
  workerDirectory: string,
  onNotice: (message: string) => void,
  signal: AbortSignal,
): Promise<Exclude<Directive, "CANCEL">> {
  let superseded = false;
  const delivery = startDelivery(
    client,
    attempt,
    workerDirectory,
    {
      onAnswer(directive) {
        if (directive === "SUPERSEDED") superseded = true;
      },
      onNotice,
    },
    signal,
  );
  delivery.complete();
  try {
    await delivery.done;
  } catch (error) {
    if (!(error instanceof AttemptSuperseded)) throw error;
    superseded = true;
  }
  return superseded ? "SUPERSEDED" : "CONTINUE";
}
