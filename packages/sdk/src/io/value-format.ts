import { deserialize, serialize } from "node:v8";
import { explainCloneLoss, explainJsonLoss, listLosses } from "./list-losses.ts";

/** How a value becomes bytes and comes back: what an IO manager for files, a bucket and the like stores. */
export interface ValueFormat {
  /** The end of the names of what is stored: `.v8`. */
  readonly extension: string;
  /** Throws a `TypeError` for values that the format does not keep. */
  readonly encode: (value: unknown) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
  /**
   * What of a value would not come back, as sentences. The log of a step that returns such a value is warned with them. Default:
   * nothing is known of that.
   */
  readonly listLosses?: (value: unknown) => readonly string[];
}

/**
 * The formats of the IO managers that come with Millrace.
 *
 * @example
 * const text = valueFormats.json.encode({ total: 3 });
 * expect(valueFormats.json.decode(text)).toEqual({ total: 3 });
 */
export const valueFormats = {
  /**
   * What the structured clone algorithm keeps: dates, maps, sets, typed arrays, cycles; not functions, nor the classes of
   * objects. Read by Node.js only.
   */
  clone: {
    extension: ".v8",
    encode: (value) => serialize(requireNoStream("clone", value)),
    decode: (bytes) => deserialize(bytes) as unknown,
    listLosses: (value) => listLosses(value, explainCloneLoss),
  },
  /** JSON, for what other programs read; nothing becomes null. */
  json: {
    extension: ".json",
    encode: (value) => Buffer.from(JSON.stringify(requireNoStream("json", value) ?? null)),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown,
    listLosses: (value) => listLosses(value, explainJsonLoss),
  },
  /** A text, a `Uint8Array` or a `Buffer` as it is; comes back as a `Buffer`. */
  bytes: {
    extension: ".bin",
    encode: (value) => {
      if (typeof value === "string" || value instanceof Uint8Array) return Buffer.from(value);
      throw new TypeError(`The format "bytes" stores text and bytes, not ${nameOf(value)}`);
    },
    decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  },
} as const satisfies Record<string, ValueFormat>;

/** The name of a format of values. */
export type ValueFormatName = keyof typeof valueFormats;

/** Of a stream these formats would keep nothing. */
function requireNoStream(format: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(Symbol.asyncIterator in value)) return value;
  throw new TypeError(
    `The format "${format}" stores no streams: name an IO manager that does, such as \`streamIoManager\` for bytes and one for tables for rows`,
  );
}

function nameOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
