import { createConnection } from "node:net";
import { createInterface } from "node:readline";

/** Over which a worker that stands by hears from the agent that started it. */
export interface AgentChannel {
  tell(message: object): void;
  /** Calls with each message of the agent, and with null once it is gone. Until then the process goes on. */
  listen(onMessage: (message: Readonly<Record<string, unknown>> | null) => void): void;
  /** Hears no more: from here on the agent may go and come back as another process. */
  release(): void;
}

/** @param socket the unix socket on which the agent listens; null: it is the parent process, and there is an IPC channel. */
export function openAgentChannel(socket: string | null): AgentChannel {
  return socket === null ? openIpcChannel() : openSocketChannel(socket);
}

function openIpcChannel(): AgentChannel {
  const { channel } = process;
  if (channel === undefined || channel === null) {
    throw new Error(
      "A standby worker is started by an agent, which hands it its run over an IPC channel; use --spec instead",
    );
  }
  let hear = (_message: Readonly<Record<string, unknown>> | null): void => {};
  const onMessage = (message: Readonly<Record<string, unknown>> | null): void => {
    if (message !== null) hear(message);
  };
  const onGone = (): void => hear(null);
  return {
    tell: (message) => void process.send?.(message, () => {}), // An agent that is gone hears nothing.
    listen(onHeard) {
      hear = onHeard;
      process.on("message", onMessage).once("disconnect", onGone);
    },
    release() {
      process.off("message", onMessage).off("disconnect", onGone);
      channel.unref();
    },
  };
}

/** Lines of JSON. */
function openSocketChannel(path: string): AgentChannel {
  const connection = createConnection(path);
  const lines = createInterface({ input: connection });
  return {
    tell: (message) => void connection.write(`${JSON.stringify(message)}\n`),
    listen(onMessage) {
      lines.on("line", (line) => onMessage(JSON.parse(line) as Readonly<Record<string, unknown>>));
      connection.on("error", () => {}).on("close", () => onMessage(null)); // What has failed is closed then.
    },
    release() {
      lines.removeAllListeners("line");
      connection.removeAllListeners("close").destroy();
    },
  };
}
