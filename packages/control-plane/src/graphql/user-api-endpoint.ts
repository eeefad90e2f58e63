import type { Logger } from "pino";
import type { Db } from "../database/connect.ts";
import { DEFAULT_DEPLOYMENT } from "../deployments/deployment-store.ts";
import { createUserContext } from "./context.ts";
import { userSchema } from "./schema.ts";
import type { WakeBus } from "../wake/wake-bus.ts";
import type { GraphQLEndpoint } from "../http/graphql-endpoint.ts";

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** The API of the web app and the command line, at `/graphql`. */
export function createUserApiEndpoint(db: Db, bus: WakeBus, logger: Logger): GraphQLEndpoint {
  return {
    path: "/graphql",
    schema: userSchema,
    maxRequestBytes: MAX_REQUEST_BYTES,
    createContext: (_request, signal) =>
      createUserContext({ db, bus, deploymentId: DEFAULT_DEPLOYMENT, logger, signal }),
  };
}
