import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLSchema } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import { createDocumentCache } from "./document-cache.ts";
import { toClientError } from "./graphql-errors.ts";

/** One GraphQL API of the server. */
export interface GraphQLEndpoint {
  /** Such as `/graphql`; may have parameters, such as `/d/:deployment/graphql`. */
  readonly paths: readonly string[];
  readonly schema: GraphQLSchema;
  /** Makes what resolvers get; `signal` aborts when the client has hung up or the server closes. Throws to refuse the request. */
  readonly createContext: (request: FastifyRequest, signal: AbortSignal) => Promise<object> | object;
  /** Bytes of a request, unpacked. */
  readonly maxRequestBytes: number;
}

/** Serves a GraphQL API: POST, and GET for subscriptions as server-sent events. JSON only, so a form on another site can't ask. */
export function addGraphQLEndpoint(
  app: FastifyInstance,
  endpoint: GraphQLEndpoint,
  closing: AbortSignal,
  logger: Logger,
): void {
  const yoga = createYoga<{ req: FastifyRequest; reply: FastifyReply }>({
    schema: endpoint.schema,
    graphqlEndpoint: "*", // Which paths are the endpoint's, the routes below say.
    context: ({ req, reply }) => endpoint.createContext(req, hangUpSignal(reply, closing)),
    maskedErrors: { maskError: (error) => toClientError(error, logger) },
    // By default it keeps 1,000 documents, however large: some hundred of the largest end a small server.
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: createDocumentCache() },
    plugins: [maskValidationErrors(logger)],
    logging: false,
    landingPage: false,
    graphiql: false,
    cors: false,
    multipart: false,
  });
  for (const url of endpoint.paths) {
    app.route({
      url,
      method: ["GET", "POST"],
      exposeHeadRoute: false,
      bodyLimit: endpoint.maxRequestBytes,
      handler: (req, reply) => yoga.handleNodeRequestAndResponse(req, reply, { req, reply }),
    });
  }
}

/** What is wrong with a document is not an error of a resolver, so `maskError` does not see it. */
function maskValidationErrors(logger: Logger): Plugin {
  return {
    onValidate:
      () =>
      ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map((error) => toClientError(error, logger)));
      },
  };
}

function hangUpSignal(reply: FastifyReply, closing: AbortSignal): AbortSignal {
  const hungUp = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) hungUp.abort();
  });
  return AbortSignal.any([hungUp.signal, closing]);
}
