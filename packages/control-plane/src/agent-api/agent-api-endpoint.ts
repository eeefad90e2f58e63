import type { GraphQLEndpoint } from "../http/graphql-endpoint.ts";
import type { WorkEffects } from "../work/work-effects.ts";
import type { ServerContext } from "../context/server-context.ts";
import { authenticate, type AgentApiContext } from "./agent-api-context.ts";
import { agentApiSchema } from "./agent-api-schema.ts";

/** A snapshot of very many assets is the largest thing that agents send. */
const MAX_REQUEST_BYTES = 256 * 1024 * 1024;

/** The API for agents and run workers, at `/agent/graphql`; every request needs a token. */
export function createAgentApiEndpoint(context: ServerContext, workEffects: WorkEffects): GraphQLEndpoint {
  return {
    paths: ["/agent/graphql"],
    schema: agentApiSchema,
    maxRequestBytes: MAX_REQUEST_BYTES,
    async createContext(request, signal): Promise<AgentApiContext> {
      const caller = await authenticate(context.db, request.headers.authorization);
      return { ...context, workEffects, caller, signal };
    },
  };
}
