import { onAbort } from "@millrace/model/waiting/on-abort";
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Closes connections on which nothing was ever asked as soon as the server closes. Browsers and HTTP clients open some ahead; Node
 * does not take them for idle, so that closing would wait for them.
 */
export function closeSilentConnections(server: Server, closing: AbortSignal): void {
  const silent = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    if (closing.aborted) return void socket.destroy();
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage) => silent.delete(socket));
  onAbort(closing, () => silent.forEach((socket) => socket.destroy()));
}
