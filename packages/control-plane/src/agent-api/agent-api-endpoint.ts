import type { Logger } from "pino";
import type { Db } from "../database/connect.ts";
import type { GraphQLEndpoint } from "../http/graphql-endpoint.ts";
import type { WakeBus } from "../wake/wake-bus.ts";
import { authenticate, type AgentApiContext } from "./agent-api-context.ts";
import { agentApiSchema } from "./agent-api-schema.ts";

/** A snapshot of very many assets is the largest thing that agents send. */
const MAX_REQUEST_BYTES = 256 * 1024 * 1024;

/** The API for agents and run workers, at `/agent/graphql`; every request needs a token. */
export function createAgentApiEndpoint(db: Db, bus: WakeBus, logger: Logger): GraphQLEndpoint {
  return {
    path: "/agent/graphql",
    schema: agentApiSchema,
    maxRequestBytes: MAX_REQUEST_BYTES,
    async createContext(request, signal): Promise<AgentApiContext> {
      const caller = await authenticate(db, request.headers.authorization);
      return { db, bus, logger, caller, signal };
    },
  };
}
