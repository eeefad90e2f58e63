import { Transform, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FastifyInstance } from "fastify";

/** No text that somebody means to send packs better than this; a body that does was made to unpack into very much. */
const MAX_RATIO = 200;
/** A short body may pack as well as it likes. */
const FREE_BYTES = 256 * 1024;

/** A body that can't be unpacked, or unpacks into far more than it packs. */
class BadBody extends Error {
  readonly statusCode: number;
  constructor(statusCode: 400 | 413, message: string, options?: ErrorOptions) {
    super(message, options);
    this.statusCode = statusCode;
  }
}

/** Unpacks gzipped request bodies; the limit on a body's size counts its unpacked bytes. */
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
  let unpackedBytes = 0;
  // Fastify compares the received bytes with Content-Length, so it must know how many there were before unpacking.
  const counted = Object.assign(
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        unpackedBytes += chunk.length;
        const limit = Math.max(FREE_BYTES, counted.receivedEncodedLength * MAX_RATIO);
        if (unpackedBytes <= limit) return done(null, chunk);
        done(new BadBody(413, `A body may unpack into ${MAX_RATIO} times its size`));
      },
    }),
    { receivedEncodedLength: 0 },
  );
  const gunzip = createGunzip();
  packed.on("data", (chunk: Buffer) => (counted.receivedEncodedLength += chunk.length));
  packed.on("error", (error: Error) => counted.destroy(error));
  gunzip.on("error", (cause) =>
    counted.destroy(new BadBody(400, "The body does not unpack as gzip", { cause })),
  );
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
