// The courier's own thread: user code that keeps the main thread busy for a minute must not look like a dead worker.
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { toErrorInfo } from "@millrace/model/errors/to-error-info";
import { answerQuestion, type RunQuestion } from "millrace/internal/context/remote-run-instance";
import type { RunInstance } from "millrace/internal/context/run-instance";
import {
  connectAhead,
  createAgentApiClient,
  openAgentApiConnections,
  type AgentApiClient,
  type AgentApiConnections,
} from "@millrace/protocol/agent-api-client";
import { createCourier, type Courier } from "@millrace/protocol/journal/courier";
import { createApiRunInstance } from "./api-run-instance.ts";
import type { CourierAssignment, FromCourier, ToCourier } from "./courier-messages.ts";

/** Between the end of an idle connection and the next one. */
const RECONNECT_MS = 1_000;

/** Keeps a connection open while the worker stands by, so that its run does not wait for one. */
async function stayConnected(connections: AgentApiConnections, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const connection = await connectAhead(connections).catch(() => null);
    await connection?.ended;
    await sleep(RECONNECT_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}

function startCourier(port: MessagePort, assignment: CourierAssignment, client: AgentApiClient): Courier {
  const { workerDirectory, worker } = assignment;
  const say = (message: FromCourier): void => port.postMessage(message);
  const courier = createCourier(client, assignment, worker, workerDirectory, {
    onDirective: (directive) => say({ type: "directive", directive }),
    onNotice: (message) => say({ type: "notice", message }),
  });
  courier.startAttempt().then(
    (directive) => {
      // Told first: the run begins while its delivery is prepared.
      say({ type: "started", directive });
      if (directive !== "SUPERSEDED") courier.deliver();
    },
    (error: unknown) => say({ type: "completed", error: toErrorInfo(error) }),
  );
  return courier;
}

async function answer(
  port: MessagePort,
  instance: RunInstance,
  id: number,
  question: RunQuestion,
): Promise<void> {
  const say = (message: FromCourier): void => port.postMessage(message);
  try {
    say({ type: "answer", id, answer: await answerQuestion(instance, question), error: null });
  } catch (error) {
    say({ type: "answer", id, answer: null, error: toErrorInfo(error) });
  }
}

function serve(port: MessagePort, expectedUrl: string | null): void {
  const standingBy = new AbortController();
  const ahead = expectedUrl === null ? null : openAgentApiConnections(expectedUrl);
  if (ahead !== null) void stayConnected(ahead, standingBy.signal);
  let courier: Courier | null = null;
  let instance: RunInstance | null = null;
  port.on("message", (message: ToCourier) => {
    switch (message.type) {
      case "start": {
        standingBy.abort();
        const { agentApiUrl, runToken } = message.assignment;
        const connections = ahead?.url === agentApiUrl ? ahead : openAgentApiConnections(agentApiUrl);
        const client = createAgentApiClient(agentApiUrl, runToken, connections);
        instance = createApiRunInstance(client, message.assignment);
        courier = startCourier(port, message.assignment, client);
        break;
      }
      case "poke":
        courier?.poke();
        break;
      case "ask":
        if (instance !== null) void answer(port, instance, message.id, message.question);
        break;
      case "complete":
        (courier?.complete() ?? Promise.resolve()).then(
          () => port.postMessage({ type: "completed", error: null } satisfies FromCourier),
          (error: unknown) =>
            port.postMessage({ type: "completed", error: toErrorInfo(error) } satisfies FromCourier),
        );
        break;
    }
  });
}

if (parentPort !== null)
  serve(parentPort, (workerData as { readonly agentApiUrl: string | null }).agentApiUrl);
