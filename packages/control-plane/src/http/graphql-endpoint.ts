import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLSchema, type ParseOptions, type Source } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import type { Logger } from "pino";
import type { ConnectionLimit } from "./connection-limit.ts";
import type { Download } from "./download.ts";
import type { JsonAction } from "./json-action.ts";
import { limitAliases, limitDepth, MAX_DOCUMENT_TOKENS } from "./document-limits.ts";
import { createDocumentCache } from "./document-cache.ts";
import { toClientError } from "./graphql-errors.ts";
import { refusal } from "./gzip-requests.ts";
import { refuse } from "./refuse.ts";

/** One GraphQL API of the server. */
export interface GraphQLEndpoint {
  /** Such as `/graphql`; may have parameters, such as `/d/:deployment/graphql`. */
  readonly paths: readonly string[];
  readonly schema: GraphQLSchema;
  /**
   * Lets a request in or throws why not, by its headers alone: nothing of its body has been read, and nothing will be when this
   * throws. What it answers makes what resolvers get; its signal aborts when the client has hung up or the server closes.
   */
  readonly admit: (request: FastifyRequest) => Promise<(signal: AbortSignal) => object>;
  /** Besides those that every API has. Default: none. */
  readonly plugins?: readonly Plugin[];
  /** Bytes of a request, unpacked. */
  readonly maxRequestBytes: number;
  /** What can be done beside it without GraphQL. Default: nothing. */
  readonly actions?: readonly JsonAction[];
  /** What can be downloaded beside it. Default: nothing. */
  readonly downloads?: readonly Download[];
}

/** Serves a GraphQL API: POST, and GET for subscriptions as server-sent events. JSON only, so a form on another site can't ask. */
export function addGraphQLEndpoint(
  app: FastifyInstance,
  endpoint: GraphQLEndpoint,
  closing: AbortSignal,
  logger: Logger,
  limit: ConnectionLimit,
): void {
  const admitted = new WeakMap<FastifyRequest, (signal: AbortSignal) => object>();
  const yoga = createYoga<{ req: FastifyRequest; reply: FastifyReply }>({
    schema: endpoint.schema,
    graphqlEndpoint: "*", // Which paths are the endpoint's, the routes below say.
    context: ({ req, reply }) => admitted.get(req)?.(hangUpSignal(reply, closing)) ?? {},
    maskedErrors: { maskError: (error) => toClientError(error, logger) },
    // By default it keeps 1,000 documents, however large: some hundred of the largest end a small server.
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: createDocumentCache() },
    plugins: [limitDocuments(), maskValidationErrors(logger), ...(endpoint.plugins ?? [])],
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
      onRequest: async (request, reply) => {
        try {
          admitted.set(request, await endpoint.admit(request));
          limit.prove(request.raw.socket);
        } catch (error) {
          await refuse(request, reply, toClientError(error, logger));
        }
      },
      handler: async (request, reply) => {
        // Reading goes by POST; what another site can make a browser GET is at most a stream of hints.
        if (request.method === "GET" && !(request.headers.accept ?? "").includes("text/event-stream"))
          return reply.code(405).header("allow", "POST").send(refusal("Send GraphQL by POST, as JSON"));
        const response = await yoga.handleNodeRequestAndResponse(request, reply, { req: request, reply });
        return isEventStream(response) ? response : sendText(reply, response);
      },
    });
  }
}

/** Documents that would cost too much to validate or to answer are refused before they do. */
function limitDocuments(): Plugin {
  return {
    onParse: ({ setParseFn, parseFn }) =>
      setParseFn((source: string | Source, options?: ParseOptions) => {
        try {
          return parseFn(source, { ...options, maxTokens: MAX_DOCUMENT_TOKENS });
        } catch (error) {
          // The parser calls itself for each level, and knows no limit but the stack.
          throw error instanceof RangeError ? new GraphQLError("The document is nested too deeply") : error;
        }
      }),
    onValidate({ addValidationRule }) {
      addValidationRule(limitDepth);
      addValidationRule(limitAliases);
    },
  };
}

function isEventStream(response: Response): boolean {
  return (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
}

/** Sends an answer as one text, which can be compressed. */
async function sendText(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  reply.code(response.status);
  response.headers.forEach((value, name) => void reply.header(name, value));
  return reply.send(await response.text());
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
