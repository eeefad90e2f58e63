import type { GraphQLEndpoint } from "../http/graphql-endpoint.ts";
import type { WorkEffects } from "../work/work-effects.ts";
import type { ServerContext } from "../context/server-context.ts";
import { authenticate, type AgentApiContext } from "./agent-api-context.ts";
import { agentApiSchema } from "./agent-api-schema.ts";

/** A batch of events has 1 MiB, and one event that is larger than this is replaced by a word about it. */
const MAX_REQUEST_BYTES = 2 * 1024 * 1024;

/** The API for agents and run workers, at `/agent/graphql`; every request needs a token. */
export function createAgentApiEndpoint(context: ServerContext, workEffects: WorkEffects): GraphQLEndpoint {
  return {
    paths: ["/agent/graphql"],
    schema: agentApiSchema,
    maxRequestBytes: MAX_REQUEST_BYTES,
    async admit(request) {
      const caller = await authenticate(context.db, request.headers.authorization);
      return (signal): AgentApiContext => ({ ...context, workEffects, caller, signal });
    },
  };
}
