/** What stands in the place of a secret. */
const MASK = "****";

/** Masks what one stream is written, piece by piece. */
export interface OutputMask {
  /**
   * The bytes that may be written now, without secrets. The end of a piece that may be the beginning of a secret is held back
   * until more is known.
   */
  mask(piece: Buffer): Buffer;
  /** What was held back and is no secret, as nothing more comes. */
  takeHeld(): Buffer;
}

/**
 * A mask for one stream.
 *
 * @param secrets the texts to mask; may grow between two pieces.
 */
export function createOutputMask(secrets: ReadonlySet<string>): OutputMask {
  let known: readonly Buffer[] = [];
  let held = Buffer.alloc(0);

  function listKnown(): readonly Buffer[] {
    // Longest first: one secret may be a part of another.
    if (known.length !== secrets.size)
      known = [...secrets].map((secret) => Buffer.from(secret)).sort((a, b) => b.length - a.length);
    return known;
  }

  return {
    mask(piece) {
      if (secrets.size === 0) return piece;
      const bytes = held.length === 0 ? piece : Buffer.concat([held, piece]);
      const found = listKnown().filter((secret) => bytes.includes(secret));
      // As Latin-1 each byte is a character, so that any bytes come back as they were.
      const clean =
        found.length === 0
          ? bytes
          : Buffer.from(
              found.reduce(
                (text, secret) => text.replaceAll(secret.toString("latin1"), MASK),
                bytes.toString("latin1"),
              ),
              "latin1",
            );
      const end =
        clean.length - Math.max(0, ...listKnown().map((secret) => lengthOfBeginning(clean, secret)));
      held = Buffer.from(clean.subarray(end));
      return clean.subarray(0, end);
    },
    takeHeld() {
      const last = held;
      held = Buffer.alloc(0);
      return last;
    },
  };
}

/** How many bytes at the end may be the beginning of a secret. */
function lengthOfBeginning(bytes: Buffer, secret: Buffer): number {
  for (let length = Math.min(bytes.length, secret.length - 1); length > 0; length--) {
    const start = bytes.length - length;
    if (bytes[start] === secret[0] && bytes.compare(secret, 0, length, start) === 0) return length;
  }
  return 0;
}
