import { fastify, type FastifyError, type FastifyInstance } from "fastify";
import { sql } from "kysely";
import type { Logger } from "pino";
import type { Db } from "../database/connect.ts";
import { addJsonAction } from "./json-action.ts";
import { addGraphQLEndpoint, type GraphQLEndpoint } from "./graphql-endpoint.ts";
import { acceptBinaryRequests, addBinaryUpload, type BinaryUpload } from "./binary-upload.ts";
import { compressAnswers } from "./compress-answers.ts";
import { limitConnections } from "./connection-limit.ts";
import { addSecurityHeaders } from "./security-headers.ts";
import { acceptGzipRequests, refusal } from "./gzip-requests.ts";
import { addDownload } from "./download.ts";
import { checkHosts } from "./host-check.ts";
import type { Clock } from "@millrace/model/time/clock";
import { closeSilentConnections } from "./silent-connections.ts";
import { addWebApp } from "./web-app.ts";

/** Of requests outside of the APIs; those say themselves how much they take. */
const MAX_REQUEST_BYTES = 1024 * 1024;

/** How long a request may take to arrive, body and all, in milliseconds; its answer may be held for longer. */
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** How often connections are looked at for requests that take too long. */
const CHECK_CONNECTIONS_MS = 5_000;

/** What the server's answers are made from. */
export interface AppContext {
  readonly db: Db;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly endpoints: readonly GraphQLEndpoint[];
  readonly uploads?: readonly BinaryUpload[];
  /** Whether the page is served too. Default: true. */
  readonly servesPage?: boolean;
  /** What the server was told to listen on. */
  readonly host: string;
  /** Where people reach the page, such as `https://millrace.example`: requests may come by that name too. Default: by no other name. */
  readonly publicUrl?: string;
  /** Aborts when the server closes: held requests end. */
  readonly closing: AbortSignal;
  /** What keeps the database from writing now, or null. Default: nothing. */
  readonly findWriteFailure?: () => Promise<string | null>;
}

/** Everything that is served over HTTP: user API, agent API, web app, health check. */
export async function createApp({
  db,
  logger,
  clock,
  endpoints,
  uploads = [],
  servesPage = true,
  host,
  publicUrl,
  closing,
  findWriteFailure = async () => null,
}: AppContext): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    forceCloseConnections: "idle",
    keepAliveTimeout: 75_000,
    bodyLimit: MAX_REQUEST_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECK_CONNECTIONS_MS },
  });
  const limit = limitConnections(app.server);
  closeSilentConnections(app.server, clock, closing);
  addSecurityHeaders(app);
  // Only JSON: a page on another site can send text or forms here without being asked, but not JSON.
  app.removeContentTypeParser("text/plain");
  acceptGzipRequests(app);
  acceptBinaryRequests(app);
  compressAnswers(app);
  checkHosts(app, publicUrl === undefined ? [host] : [host, new URL(publicUrl).hostname]);
  // A held request that is answered because we close must not leave its connection open: closing would wait for it.
  app.addHook("onSend", async (_request, reply) => {
    if (closing.aborted) reply.header("connection", "close");
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) logger.error({ err: error, url: request.url }, "a request failed because of a bug");
    return reply
      .code(status)
      .send(status >= 500 ? refusal("Internal error", "internal") : refusal(error.message));
  });

  for (const endpoint of endpoints) {
    addGraphQLEndpoint(app, endpoint, closing, logger, limit);
    for (const download of endpoint.downloads ?? []) addDownload(app, download, logger, limit);
    for (const action of endpoint.actions ?? []) addJsonAction(app, action, closing, logger, limit);
  }
  for (const upload of uploads) addBinaryUpload(app, upload, logger, limit);
  app.get("/healthz", async (_request, reply) => {
    try {
      await sql`select 1`.execute(db);
    } catch {
      return reply.code(503).send({ status: "unavailable", reason: "the database does not answer" });
    }
    const failure = await findWriteFailure();
    if (failure === null) return { status: "ok" };
    return reply.code(503).send({ status: "unavailable", reason: `the database can't write: ${failure}` });
  });
  if (servesPage) await addWebApp(app);
  return app;
}
