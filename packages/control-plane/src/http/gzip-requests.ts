import { createGunzip } from "node:zlib";
import type { FastifyInstance } from "fastify";

/** Unpacks gzipped request bodies; the limit on a body's size counts its unpacked bytes. */
export function acceptGzipRequests(app: FastifyInstance): void {
  app.addHook("preParsing", async (request, reply, payload) => {
    const encoding = request.headers["content-encoding"];
    if (encoding === undefined || encoding === "identity") return payload;
    if (encoding !== "gzip")
      return reply
        .code(415)
        .send(refusal(`Content-Encoding "${encoding}" is not known here: send gzip or none`));
    // Fastify compares the received bytes with Content-Length, so it must know how many there were before unpacking.
    const unpacked = Object.assign(createGunzip(), { receivedEncodedLength: 0 });
    payload.on("data", (chunk: Buffer) => (unpacked.receivedEncodedLength += chunk.length));
    payload.on("error", (error) => unpacked.destroy(error));
    return payload.pipe(unpacked);
  });
}

/** A refusal in the form of a GraphQL answer, which every client of ours reads. */
export function refusal(
  message: string,
  code = "bad_request",
): { errors: { message: string; extensions: { code: string } }[] } {
  return { errors: [{ message, extensions: { code } }] };
}
