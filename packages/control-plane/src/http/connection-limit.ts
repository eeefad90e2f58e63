import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Connections that have not yet sent one request that was let in. */
const MAX_UNPROVEN = 1_000;

/** Tells connections that somebody uses from those that only are there. */
export interface ConnectionLimit {
  /** A request of this connection was let in. */
  prove(socket: Socket): void;
}

/**
 * Limits how many connections may be open that have not proven anything: beyond the limit the oldest of them gives way. One
 * that has been let in once is never closed for this.
 */
export function limitConnections(server: Server, max: number = MAX_UNPROVEN): ConnectionLimit {
  const unproven = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    unproven.add(socket);
    socket.once("close", () => unproven.delete(socket));
    const [oldest] = unproven;
    if (unproven.size > max) oldest?.destroy();
  });
  return { prove: (socket) => void unproven.delete(socket) };
}
