import { GraphQLError } from "graphql";
import type { Logger } from "pino";
import { ExpectedError } from "@millrace/model/expected-error";
import { isRefusedByDatabase } from "../database/refused-by-database.ts";
import { isConnectionFailure } from "../database/connection-failure.ts";
import { isWriteFailure } from "../database/write-failures.ts";

/** HTTP statuses that matter to clients and proxies; every other failure is a 200 with errors, as GraphQL has it. */
const STATUS: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  forbidden: 403,
  unknown_deployment: 404,
  internal: 500,
  unavailable: 503,
};

/**
 * Turns whatever a resolver threw into what the client may see: `extensions.code` says in one stable word what kind of failure it
 * is. Bugs are logged here, once, and tell the client nothing but that there was one.
 */
export function toClientError(error: unknown, logger: Logger): GraphQLError {
  const original = originalOf(error);
  if (original instanceof ExpectedError)
    return describe(error, original.message, original.code, readExtensions(original));
  if (original === null && error instanceof GraphQLError)
    return describe(error, error.message, "bad_request", {});
  if (isConnectionFailure(original)) {
    logger.warn({ reason: original.message }, "the database can't be reached");
    return describe(error, "The database can't be reached just now: try again", "unavailable", {});
  }
  if (isRefusedByDatabase(original)) {
    logger.warn({ err: original }, "the database refused what a request brought");
    return describe(error, `The database can't store this: ${original.message}`, "bad_request", {});
  }
  if (isWriteFailure(original)) {
    logger.error({ reason: original.message }, "the database can't write");
    return describe(error, `The database can't write: ${original.message}`, "unavailable", {});
  }
  logger.error({ err: original ?? error }, "a request failed because of a bug");
  return describe(error, "Internal error; the server's log has the details", "internal", {});
}

/** What was thrown in a resolver; null for errors that GraphQL itself found in the request. */
function originalOf(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  return error.originalError === undefined ? null : originalOf(error.originalError);
}

function describe(
  error: unknown,
  message: string,
  code: string,
  extensions: Readonly<Record<string, unknown>>,
): GraphQLError {
  const status = STATUS[code];
  return new GraphQLError(message, {
    ...(error instanceof GraphQLError
      ? { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path }
      : {}),
    extensions: { ...extensions, code, ...(status === undefined ? {} : { http: { status } }) },
  });
}

function readExtensions(error: ExpectedError): Readonly<Record<string, unknown>> {
  const extensions = "extensions" in error ? error.extensions : null;
  return typeof extensions === "object" && extensions !== null ? { ...extensions } : {};
}
