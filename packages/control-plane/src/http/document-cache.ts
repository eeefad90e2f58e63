/** What was parsed lately, by its text. */
export interface DocumentCache<Parsed> {
  get(text: string): Parsed | undefined;
  set(text: string, parsed: Parsed): void;
}

/**
 * Text that is kept at most, in characters. What becomes of it takes some 30 times as much memory: 8 MB altogether, several times
 * what page, command and agents ask with.
 */
const MAX_CHARACTERS = 256 * 1_024;
/** No document that is asked again and again is this long. */
const MAX_DOCUMENT = 16 * 1_024;

/** A cache that is bounded by the size of the texts, since one document may be as large as a thousand others. Keeps the latest used. */
export function createDocumentCache<Parsed>(maxCharacters: number = MAX_CHARACTERS): DocumentCache<Parsed> {
  /** In the order of their last use. */
  const entries = new Map<string, Parsed>();
  let characters = 0;

  function forget(text: string): void {
    if (entries.delete(text)) characters -= text.length;
  }

  return {
    get(text) {
      const parsed = entries.get(text);
      if (parsed === undefined) return undefined;
      entries.delete(text);
      entries.set(text, parsed);
      return parsed;
    },
    set(text, parsed) {
      if (text.length > Math.min(MAX_DOCUMENT, maxCharacters)) return;
      forget(text);
      entries.set(text, parsed);
      characters += text.length;
      for (const oldest of entries.keys()) {
        if (characters <= maxCharacters) break;
        forget(oldest);
      }
    },
  };
}
