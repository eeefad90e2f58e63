import { isIP } from "node:net";
import { hostname } from "node:os";
import type { FastifyInstance } from "fastify";
import { refusal } from "./gzip-requests.ts";

/**
 * Whether a request's `Host` header may name this server. The user API asks for no password yet, so a page on another site must
 * not reach it through a DNS name of its own that points here (DNS rebinding). An address can't be rebound; names must be ours.
 *
 * @param ourNames what the server was told to listen on, and what people reach it by.
 */
export function isOurHost(header: string | undefined, ourNames: readonly string[]): boolean {
  if (header === undefined) return false;
  const name = header
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase();
  if (isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost")) return true;
  return [...ourNames, hostname()].some((ours) => name === ours.toLowerCase());
}

/** Whether a `Host` header is a name or address, with or without a port: anything else can't be made a URL of. */
export function isHost(header: string): boolean {
  return /^[^/?#@\\\s]+$/.test(header) && URL.canParse(`http://${header}`);
}

/** Refuses what `isOurHost` does not allow, outside of the agent API, which asks for a token. */
export function checkHosts(app: FastifyInstance, ourNames: readonly string[]): void {
  app.addHook("onRequest", async (request, reply) => {
    if (!isHost(request.headers.host ?? ""))
      return reply.code(400).send(refusal("The `Host` header is neither a name nor an address"));
    if (request.url.startsWith("/agent/") || isOurHost(request.headers.host, ourNames)) return;
    const name = request.headers.host ?? "(none)";
    await reply
      .code(421)
      .send(
        refusal(
          `This server does not answer to the name "${name}": use its address, or start it with --public-url and the address that has this name`,
          "forbidden",
        ),
      );
  });
}
