import { PassThrough, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FastifyInstance } from "fastify";

/** A body that can't be unpacked. */
class BadBody extends Error {
  readonly statusCode = 400;
}

/**
 * Unpacks gzipped request bodies. The limit on a body's size counts its unpacked bytes as they come, so what packs a thousandfold,
 * as a worker's output may, costs no more than what does not.
 */
export function acceptGzipRequests(app: FastifyInstance): void {
  app.addHook("preParsing", async (request, reply, payload) => {
    const encoding = request.headers["content-encoding"];
    if (encoding === undefined || encoding === "identity") return payload;
    // What is stored packed is received packed.
    if (request.headers["content-type"] === "application/octet-stream") return payload;
    if (encoding !== "gzip")
      return reply
        .code(415)
        .send(refusal(`Content-Encoding "${encoding}" is not known here: send gzip or none`));
    return unpack(payload);
  });
}

function unpack(packed: NodeJS.ReadableStream): Readable & { receivedEncodedLength: number } {
  // Fastify compares the received bytes with Content-Length, so it must know how many there were before unpacking.
  const counted = Object.assign(new PassThrough(), { receivedEncodedLength: 0 });
  const gunzip = createGunzip();
  packed.on("data", (chunk: Buffer) => (counted.receivedEncodedLength += chunk.length));
  packed.on("error", (error: Error) => counted.destroy(error));
  gunzip.on("error", (cause) => counted.destroy(new BadBody("The body does not unpack as gzip", { cause })));
  counted.on("close", () => gunzip.destroy());
  packed.pipe(gunzip).pipe(counted);
  return counted;
}

/** A refusal in the form of a GraphQL answer, which every client of ours reads. */
export function refusal(
  message: string,
  code = "bad_request",
): { errors: { message: string; extensions: { code: string } }[] } {
  return { errors: [{ message, extensions: { code } }] };
}
