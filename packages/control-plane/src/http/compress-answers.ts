import { promisify } from "node:util";
import { createGzip, gzip, constants } from "node:zlib";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const gzipAsync = promisify(gzip);

/** Shorter answers fit a packet or two anyway. */
const FROM_BYTES = 1_400;
/** Lists of runs and assets shrink to a tenth at the lowest level; the higher ones cost more than they save. */
const OPTIONS = { level: constants.Z_BEST_SPEED };
const COMPRESSIBLE =
  /^(?:application\/(?:graphql-response\+)?json|application\/javascript|text\/(?!event-stream)|image\/svg\+xml)/;

/** Gzips answers for those who accept that. Events are sent as they come. */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply, payload: unknown) => {
    if (!isCompressible(request, reply)) return payload;
    if (typeof payload === "string" || Buffer.isBuffer(payload)) {
      if (Buffer.byteLength(payload) < FROM_BYTES) return payload;
      markCompressed(reply);
      return gzipAsync(payload, OPTIONS);
    }
    if (!(payload instanceof Readable)) return payload;
    markCompressed(reply);
    const packed = createGzip(OPTIONS);
    payload.on("error", (error) => packed.destroy(error));
    return payload.pipe(packed);
  });
}

function isCompressible(request: FastifyRequest, reply: FastifyReply): boolean {
  if (reply.hasHeader("content-encoding") || reply.statusCode === 304 || request.method === "HEAD")
    return false;
  const accepted = request.headers["accept-encoding"] ?? "";
  const type = String(reply.getHeader("content-type") ?? "");
  return (
    /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/.test(accepted) &&
    COMPRESSIBLE.test(type)
  );
}

function markCompressed(reply: FastifyReply): void {
  reply.header("content-encoding", "gzip").header("vary", "accept-encoding").removeHeader("content-length");
}
