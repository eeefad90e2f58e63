import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { ConnectionLimit } from "./connection-limit.ts";
import { toClientError } from "./graphql-errors.ts";
import { refuse } from "./refuse.ts";

/** What is sent as bytes, because JSON would make it a third larger and cost a parser its memory. */
export interface BinaryUpload {
  /** Such as `/agent/snapshots/:digest`. */
  readonly url: string;
  readonly maxBytes: number;
  /** Lets a request in or throws why not, by its headers alone. What it answers is called with the bytes, and throws to refuse them. */
  readonly admit: (request: FastifyRequest) => Promise<(bytes: Buffer) => Promise<unknown>>;
}

/** Takes uploads by PUT. Answers and refusals have the form of GraphQL's, which every client of ours reads. */
export function addBinaryUpload(
  app: FastifyInstance,
  upload: BinaryUpload,
  logger: Logger,
  limit: ConnectionLimit,
): void {
  const admitted = new WeakMap<FastifyRequest, (bytes: Buffer) => Promise<unknown>>();
  app.route({
    url: upload.url,
    method: "PUT",
    bodyLimit: upload.maxBytes,
    onRequest: async (request, reply) => {
      try {
        admitted.set(request, await upload.admit(request));
        limit.prove(request.raw.socket);
      } catch (error) {
        await refuse(request, reply, toClientError(error, logger));
      }
    },
    handler: async (request, reply) => {
      try {
        const store = admitted.get(request);
        return { data: await store?.(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)) };
      } catch (error) {
        return refuse(request, reply, toClientError(error, logger));
      }
    },
  });
}

/** Takes bodies of bytes as they are; only uploads do something with them. */
export function acceptBinaryRequests(app: FastifyInstance): void {
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
}
