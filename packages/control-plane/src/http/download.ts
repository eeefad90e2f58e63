import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { ConnectionLimit } from "./connection-limit.ts";
import { toClientError } from "./graphql-errors.ts";
import { refuse } from "./refuse.ts";

/** A file that is made while it is sent, no faster than it is taken. */
export interface DownloadedFile {
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}

/** What a browser, or `curl`, saves as a file. */
export interface Download {
  readonly urls: readonly string[];
  /** Lets a request in or throws why not. */
  readonly open: (request: FastifyRequest) => Promise<DownloadedFile>;
}

/** Serves a download by GET. Refusals have the form of GraphQL's. */
export function addDownload(
  app: FastifyInstance,
  download: Download,
  logger: Logger,
  limit: ConnectionLimit,
): void {
  for (const url of download.urls) {
    app.get(url, { exposeHeadRoute: false }, async (request, reply) => {
      try {
        const { name, bytes } = await download.open(request);
        limit.prove(request.raw.socket);
        return await reply
          .type("application/octet-stream")
          .header("content-disposition", `attachment; filename="${name}"`)
          .send(Readable.from(bytes, { objectMode: false }));
      } catch (error) {
        return refuse(request, reply, toClientError(error, logger));
      }
    });
  }
}
