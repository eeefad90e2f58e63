import type { FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLError } from "graphql";
import { refusal } from "./gzip-requests.ts";

/**
 * Answers with why a request was refused. When its body has not been read, its connection is of no use any more: it is closed
 * after the answer, so that nobody reads on.
 */
export async function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  error: GraphQLError,
): Promise<FastifyReply> {
  const { code, http } = error.extensions as {
    readonly code: string;
    readonly http?: { readonly status: number };
  };
  const { headers, raw } = request;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (hasBody && !raw.complete) reply.header("connection", "close");
  return reply.code(http?.status ?? 400).send(refusal(error.message, code));
}
