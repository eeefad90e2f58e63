/** A part of a byte stream that is whole in UTF-8. */
export interface Utf8Page {
  readonly text: string;
  /** Bytes that were left out at the start: the rest of a character that began before. */
  readonly skipped: number;
  /** Bytes that the text stands for. */
  readonly length: number;
}

/**
 * Reads bytes out of the middle of a stream as UTF-8 without cutting a character in two: what belongs to a character that began
 * before is left out, and a character that is not complete yet is left for the next page. Bytes that are no UTF-8 become U+FFFD.
 *
 * @param isStart whether the stream starts here: then nothing can have begun before.
 * @param isEnd whether no more bytes will come: then nothing is left for later.
 */
export function readUtf8Page(bytes: Uint8Array, isStart: boolean, isEnd: boolean): Utf8Page {
  let skipped = 0;
  if (!isStart) while (skipped < 3 && isContinuation(bytes[skipped])) skipped++;
  const end = isEnd ? bytes.length : bytes.length - incompleteTail(bytes);
  if (end <= skipped) return { text: "", skipped: Math.min(skipped, bytes.length), length: 0 };
  return { text: Buffer.from(bytes.subarray(skipped, end)).toString("utf8"), skipped, length: end - skipped };
}

/** How many bytes at the end are the beginning of a character whose rest is missing. */
function incompleteTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return characterLength(byte) > back ? back : 0;
  }
  return 0;
}

function characterLength(first: number): number {
  if (first >= 0xf0 && first < 0xf8) return 4;
  if (first >= 0xe0) return first < 0xf0 ? 3 : 1;
  return first >= 0xc0 ? 2 : 1;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
