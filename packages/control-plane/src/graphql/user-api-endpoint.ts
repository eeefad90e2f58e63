import { DEFAULT_DEPLOYMENT } from "../deployments/deployment-store.ts";
import { createUserContext } from "./context.ts";
import { userSchema } from "./schema.ts";
import type { GraphQLEndpoint } from "../http/graphql-endpoint.ts";
import type { ServerContext } from "../server-context.ts";

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** The API of the web app and the command line, at `/graphql`. */
export function createUserApiEndpoint(context: ServerContext): GraphQLEndpoint {
  return {
    path: "/graphql",
    schema: userSchema,
    maxRequestBytes: MAX_REQUEST_BYTES,
    createContext: (_request, signal) =>
      createUserContext({ ...context, deploymentId: DEFAULT_DEPLOYMENT, signal }),
  };
}
