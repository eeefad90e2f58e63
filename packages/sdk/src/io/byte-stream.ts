/** What is stored as a stream of bytes: an async iterable of bytes or texts, such as Node's streams, or bytes or a text as they are. */
export type ByteStream = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/**
 * A value as a stream of bytes: an async iterable of `Uint8Array` or texts, such as Node's streams, or bytes or a text as they
 * are. For IO managers that store streams.
 *
 * @throws TypeError for anything else, and while it is read for pieces that are none.
 */
export async function* toByteStream(value: unknown): AsyncGenerator<Uint8Array, void, void> {
  if (typeof value === "string" || value instanceof Uint8Array) return yield toBytes(value);
  if (typeof value !== "object" || value === null || !(Symbol.asyncIterator in value))
    throw new TypeError(
      `The format "stream" stores async iterables of bytes, not ${value === null ? "null" : typeof value}`,
    );
  for await (const piece of value as AsyncIterable<unknown>) yield toBytes(piece);
}

function toBytes(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  if (typeof piece === "string") return Buffer.from(piece);
  throw new TypeError(
    `A stream of bytes consists of bytes and texts, not of ${piece === null ? "null" : typeof piece}`,
  );
}
