import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { ConnectionLimit } from "./connection-limit.ts";
import { toClientError } from "./graphql-errors.ts";
import { refuse } from "./refuse.ts";

/** Something that is done by POST with JSON, for whoever has no client of GraphQL at hand. */
export interface JsonAction {
  /** Such as `/report/:kind/*`. */
  readonly urls: readonly string[];
  readonly maxBytes: number;
  /** Lets a request in or throws why not, by its headers and its path alone. What it answers is called with the body, and throws to refuse it. */
  readonly admit: (
    request: FastifyRequest,
  ) => Promise<(body: unknown, signal: AbortSignal) => Promise<unknown>>;
}

/** Serves an action. Answers and refusals have the form of GraphQL's; a refusal is no status 200. */
export function addJsonAction(
  app: FastifyInstance,
  action: JsonAction,
  closing: AbortSignal,
  logger: Logger,
  limit: ConnectionLimit,
): void {
  const admitted = new WeakMap<FastifyRequest, Awaited<ReturnType<JsonAction["admit"]>>>();
  for (const url of action.urls) {
    app.route({
      url,
      method: "POST",
      bodyLimit: action.maxBytes,
      onRequest: async (request, reply) => {
        try {
          admitted.set(request, await action.admit(request));
          limit.prove(request.raw.socket);
        } catch (error) {
          await refuse(request, reply, toClientError(error, logger));
        }
      },
      handler: async (request, reply) => {
        try {
          return { data: await admitted.get(request)?.(request.body, closing) };
        } catch (error) {
          return refuse(request, reply, toClientError(error, logger));
        }
      },
    });
  }
}
