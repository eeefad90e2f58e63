/** Bytes that a key, a name or a tag may have: all of them stand in indexes of the database. */
export const MAX_NAME_BYTES = 1_000;
/** How deeply JSON may be nested, in metadata, configs and errors alike. */
export const MAX_JSON_DEPTH = 100;

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Both halves of a pair count two, which makes its four bytes; a half alone is written as U+FFFD.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff && isInPair(text, i)) ? 1 : 2;
  }
  return bytes;
}

function isInPair(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  const other = unit < 0xdc00 ? text.charCodeAt(at + 1) : text.charCodeAt(at - 1);
  return unit < 0xdc00 ? other >= 0xdc00 && other <= 0xdfff : other >= 0xd800 && other <= 0xdbff;
}

/** The end of a sentence that says why a text can't be stored, such as `has 1200 bytes; 1000 are possible`; null when it can. */
export function explainInvalidText(text: string, maxBytes: number = MAX_NAME_BYTES): string | null {
  if (text.length * 3 > maxBytes) {
    const bytes = utf8Length(text);
    if (bytes > maxBytes) return `has ${bytes} bytes; ${maxBytes} are possible`;
  }
  if (text.includes("\0")) return "contains the character U+0000";
  return text.isWellFormed() ? null : "contains half a character (a lone surrogate)";
}

/** Controls, and signs that turn the direction of text: whoever prints them is misled by them, or obeys them. */
const UNSHOWABLE = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

/** Whether a text holds characters that can't be seen and change what is shown of it or after it, line ends among them. */
export function hasUnshowable(text: string): boolean {
  return UNSHOWABLE.test(text);
}

/** Whether a JSON value has more levels of lists and objects inside each other. Does not go deeper than that itself. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let level: readonly object[] = isObject(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levels) return true;
    // A set: what refers to itself in many ways would double with each level.
    const next = new Set<object>();
    for (const item of level)
      for (const inner of Array.isArray(item) ? (item as unknown[]) : (Object.values(item) as unknown[]))
        if (isObject(inner)) next.add(inner);
    level = [...next];
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
