import { onAbort } from "@millrace/model/waiting/on-abort";
import type { ChildProcess } from "node:child_process";
import { createAgentApiClient } from "@millrace/protocol/agent-api-client";
import {
  isToCourier,
  type CourierAssignment,
  type FromCourier,
} from "@millrace/protocol/journal/courier-messages";
import { serveCourier } from "@millrace/protocol/journal/serve-courier";
import type { ProcessHost } from "./process-host.ts";

/**
 * Speaks for a worker of ours over connections that are open already, so that a short run needs no courier of its own, whose
 * thread costs more than the rest of the worker. It ends with the worker's channel: the worker closes it as it starts its own
 * courier, the kernel when either process dies, and we when the agent stops. Whoever goes on begins where `delivered.json` says;
 * what arrives twice is stored once.
 */
export function lendCourier(
  { connectionsTo, released }: ProcessHost,
  child: ChildProcess,
  assignment: CourierAssignment & { readonly isStarted: boolean },
): void {
  const { agentApiUrl, runToken } = assignment;
  const client = createAgentApiClient(agentApiUrl, runToken, connectionsTo(agentApiUrl));
  const tellWorker = (message: FromCourier): void => {
    if (child.connected) child.send(message, () => {}); // A closed channel ends it all the same.
  };
  // One that does not hear of it is ended by the request to terminate its run.
  const courier = serveCourier(client, assignment, tellWorker);

  function onMessage(message: unknown): void {
    if (isToCourier(message)) courier.hear(message);
  }

  function stop(): void {
    courier.abandon();
    child.off("message", onMessage).off("disconnect", stop);
    listening[Symbol.dispose]();
    if (child.connected) child.disconnect();
  }

  child.on("message", onMessage).once("disconnect", stop);
  const listening = onAbort(released, stop);
  if (!child.connected) stop();
}
