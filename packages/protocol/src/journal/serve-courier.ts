import type { AgentApiClient } from "../agent-api-client.ts";
import type { Directive } from "../agent-api.gen.ts";
import { createCourier } from "./courier.ts";
import type { CourierAssignment, FromCourier, ToCourier } from "./courier-messages.ts";

/** A courier whose worker speaks to it from elsewhere. */
export interface ServedCourier {
  hear(message: ToCourier): void;
  /** Somebody else goes on for the attempt: nothing more is delivered or said. */
  abandon(): void;
}

/**
 * Starts a courier for a worker in another thread or process: asks whether the attempt may begin, tells the worker, and delivers
 * from then on. Of one that has begun for this worker it tells without asking.
 *
 * @param onStuck called when the worker was told to stop and its main thread will not hear of it. Default: somebody else sees to it.
 * @param say carries a message to the worker; not called any more once the courier is abandoned.
 */
export function serveCourier(
  client: AgentApiClient,
  assignment: CourierAssignment & { readonly isStarted?: boolean },
  say: (message: FromCourier) => void,
  onStuck: () => void = () => {},
): ServedCourier {
  let isAbandoned = false;
  const tell = (message: FromCourier): void => {
    if (!isAbandoned) say(message);
  };
  const fail = (error: unknown): void =>
    tell({ type: "completed", failure: error instanceof Error ? error.message : String(error) });
  const courier = createCourier(client, assignment, assignment.worker, assignment.workerDirectory, {
    onDirective: (directive) => tell({ type: "directive", directive }),
    onNotice: (message) => tell({ type: "notice", message }),
    onStuck: () => {
      if (!isAbandoned) onStuck();
    },
  });
  const allowed = assignment.isStarted ? Promise.resolve<Directive>("CONTINUE") : courier.startAttempt();
  const begun = allowed.then((directive) => {
    // Told first: the run begins while its delivery is prepared.
    tell({ type: "started", directive });
    if (directive !== "SUPERSEDED" && !isAbandoned) courier.deliver();
  }, fail);

  /** A worker whose run goes on already may have come to its end before the question is answered. */
  async function completeOnceBegun(): Promise<void> {
    await begun;
    await courier.complete().then(() => tell({ type: "completed", failure: null }), fail);
  }

  return {
    hear(message) {
      courier.hearWorker();
      if (message.type === "poke") courier.poke();
      else if (message.type === "held") courier.hold(message.by);
      else if (message.type === "complete") void completeOnceBegun();
    },
    abandon() {
      isAbandoned = true;
      courier.abandon();
    },
  };
}
