// The courier's own thread: user code that keeps the main thread busy for a minute must not look like a dead worker.
import { backgroundClock } from "@millrace/model/time/clock";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import {
  connectAhead,
  createAgentApiClient,
  openAgentApiConnections,
  type AgentApiConnections,
} from "@millrace/protocol/agent-api-client";
import type { FromCourier } from "@millrace/protocol/journal/courier-messages";
import { serveCourier, type ServedCourier } from "@millrace/protocol/journal/serve-courier";
import { noteOwnCourier } from "@millrace/protocol/journal/worker-files";
import type { ToCourierThread } from "./courier-handle.ts";

/** Between the end of an idle connection and the next one. */
const RECONNECT_MS = 1_000;

/** Keeps a connection open while the worker loads, so that its run does not wait for one. */
async function stayConnected(connections: AgentApiConnections, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const connection = await connectAhead(connections).catch(() => null);
    await connection?.ended;
    await backgroundClock.sleep(RECONNECT_MS, signal);
  }
}

/** Ends this process and what it has started: its main thread is blocked for good, and its agent may be gone. */
function killProcess(): void {
  process.stderr.write(
    "millrace: the run was to stop, and the worker's main thread has not answered for 30 s: it is killed\n",
  );
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // It leads no group of its own.
    process.kill(process.pid, "SIGKILL");
  }
}

function serve(port: MessagePort, expectedUrl: string | null): void {
  const standingBy = new AbortController();
  const ahead = expectedUrl === null ? null : openAgentApiConnections(expectedUrl);
  if (ahead !== null) void stayConnected(ahead, standingBy.signal);
  const tellWorker = (message: FromCourier): void => port.postMessage(message);
  let courier: ServedCourier | null = null;
  port.on("message", (message: ToCourierThread) => {
    if (message.type === "start") {
      standingBy.abort();
      noteOwnCourier(message.assignment.workerDirectory);
      const { agentApiUrl, runToken } = message.assignment;
      const connections = ahead?.url === agentApiUrl ? ahead : openAgentApiConnections(agentApiUrl);
      const client = createAgentApiClient(agentApiUrl, runToken, connections);
      courier = serveCourier(client, message.assignment, tellWorker, killProcess);
    } else {
      courier?.hear(message);
    }
  });
}

if (parentPort !== null)
  serve(parentPort, (workerData as { readonly agentApiUrl: string | null }).agentApiUrl);
