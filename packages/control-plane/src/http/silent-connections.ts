import type { Clock } from "@millrace/model/time/clock";
import { after } from "@millrace/model/waiting/after";
import { onAbort } from "@millrace/model/waiting/on-abort";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Once the server closes, a request that has not arrived whole within so many milliseconds is not waited for. */
const ARRIVE_GRACE_MS = 500;

/**
 * Closes connections on which nobody waits for an answer as soon as the server closes: browsers and HTTP clients open some ahead, and who
 * has sent half a request may never send the other. Node does not take them for idle, so that closing would wait for them.
 */
export function closeSilentConnections(server: Server, clock: Clock, closing: AbortSignal): void {
  const silent = new Set<Socket>();
  const underWay = new Set<IncomingMessage>();
  server.on("connection", (socket: Socket) => {
    if (closing.aborted) return void socket.destroy();
    silent.add(socket);
    socket.once("close", () => silent.delete(socket));
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    silent.delete(socket);
    underWay.add(request);
    response.once("close", () => {
      underWay.delete(request);
      if (!socket.destroyed && !closing.aborted) silent.add(socket);
    });
  });
  onAbort(closing, () => {
    for (const socket of silent) socket.destroy();
    after(clock, ARRIVE_GRACE_MS, () => {
      for (const request of underWay) if (!request.complete) request.socket.destroy();
    });
  });
}
