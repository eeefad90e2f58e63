import { connect, type Socket } from "node:net";
import type { Client } from "pg";

const CANCEL_REQUEST = 80_877_102;
/** How long the server is given to end a statement, in milliseconds, before its connection is cut. */
const PATIENCE_MS = 5_000;

/** What the driver knows of a connection beyond its types. */
interface ServerConnection {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly connection: { readonly stream: Socket };
}

/**
 * Has the server end what a connection does once the signal is aborted: closing the connection alone would leave it to go on,
 * with its locks. A server that does not listen any more loses the connection.
 */
export function cancelWhenAborted(client: Client, signal: AbortSignal): Disposable {
  const server = client as unknown as ServerConnection;
  let cut: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    sendCancelRequest(server);
    cut = setTimeout(() => server.connection.stream.destroy(), PATIENCE_MS);
  };
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });
  return {
    [Symbol.dispose]: () => {
      signal.removeEventListener("abort", cancel);
      clearTimeout(cut);
    },
  };
}

/** Closes a connection at once, whatever it does. */
export function cutConnection(client: Client): void {
  (client as unknown as ServerConnection).connection.stream.destroy();
}

/** Connection poolers pass it on too, unlike a question for the number of a server's process. */
function sendCancelRequest({ host, port, processID, secretKey }: ServerConnection): void {
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  for (const [index, word] of [16, CANCEL_REQUEST].entries()) request.writeInt32BE(word, index * 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith("/")
    ? connect(`${host}/.s.PGSQL.${port}`)
    : connect({ host, port, timeout: PATIENCE_MS });
  socket.on("timeout", () => socket.destroy());
  // A server that can not be asked loses the connection.
  socket.on("error", () => {});
  socket.end(request);
}
