import { mapTexts } from "./map-texts.ts";
import { parseRunEvent } from "./parse-run-event.ts";
import type { RunEvent, UnknownEvent } from "./run-event.ts";
import { utf8Length } from "./text-limits.ts";

/** Bytes of JSON that one event may have on its way and in the database. A request takes twice as much. */
export const MAX_EVENT_BYTES = 1_048_576;
/** Longest text inside an event that had to be made smaller, in characters. */
const MAX_TEXT = 16_384;

/** What a fold or a reader needs of an event, kept as long as it fits; the rest of an oversized one goes. */
const KEPT_FIELDS = [
  "type",
  "timestamp",
  "message",
  "stepKey",
  "level",
  "reason",
  "attempt",
  "durationMs",
  "delaySeconds",
  "assetKey",
  "partition",
  "tags",
  "dataVersion",
  "provenance",
  "checkName",
  "passed",
  "severity",
  "blocking",
  "name",
  "value",
  "until",
  "waits",
  "outputName",
  "inputName",
  "mappingKey",
  "resource",
  "error",
  "metadata",
  "stepKeys",
];

/**
 * An event that is too large, made to fit: long texts lose their ends, tables and lists in metadata keep their first rows and
 * items, and what fits even so not at all is named. Says in `truncatedBytes` how large it was.
 *
 * @throws InvalidRunEvent for an event that would lose what identifies it, such as an asset key of a megabyte.
 */
export function shrinkEvent(event: RunEvent | UnknownEvent, maxBytes: number): RunEvent | UnknownEvent {
  const note = { truncatedBytes: bytesOf(event) };
  const shortTexts = { ...mapTexts(event, shorten), ...note };
  if (fits(shortTexts, maxBytes)) return shortTexts;
  const withoutMetadata = { ...shortTexts, metadata: shortMetadata(shortTexts, maxBytes / 2) };
  if (fits(withoutMetadata, maxBytes)) return withoutMetadata;
  // Lists of a hundred thousand items and the like: only short fields that somebody reads remain.
  const fields = Object.entries(withoutMetadata).filter(
    ([name, value]) => KEPT_FIELDS.includes(name) && fits(value, maxBytes / KEPT_FIELDS.length),
  );
  return parseRunEvent({ tags: {}, metadata: {}, stepKeys: [], ...Object.fromEntries(fields), ...note });
}

/** Metadata with each value that does not fit cut to its first rows or items, or replaced by a text that says so. */
function shortMetadata(event: object, maxBytes: number): Readonly<Record<string, unknown>> {
  const metadata =
    "metadata" in event && typeof event.metadata === "object" ? Object.entries(event.metadata ?? {}) : [];
  const room = maxBytes / Math.max(1, metadata.length);
  return Object.fromEntries(
    metadata.map(([name, value]) => [name, fits(value, room) ? value : shortValue(value, room)]),
  );
}

function shortValue(value: object, room: number): object {
  if ("records" in value && Array.isArray(value.records)) {
    const records = takeFirst(value.records, room / 2);
    const leftOut = value.records.length - records.length;
    const table = { ...value, records, leftOut };
    if (records.length > 0 && fits(table, room)) return table;
  }
  if ("json" in value && Array.isArray(value.json)) {
    const items = takeFirst(value.json, room / 2);
    const more = `… ${value.json.length - items.length} more`;
    if (items.length > 0) return { ...value, json: [...items, more] };
  }
  return { type: "text", text: `left out: ${bytesOf(value)} bytes` };
}

/** As many items from the beginning as have so many bytes of JSON together. */
function takeFirst(items: readonly unknown[], maxBytes: number): readonly unknown[] {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += bytesOf(item) + 1;
    return bytes > maxBytes;
  });
  return end < 0 ? items : items.slice(0, end);
}

function fits(value: unknown, maxBytes: number): boolean {
  return bytesOf(value) <= maxBytes;
}

function bytesOf(value: unknown): number {
  return utf8Length(JSON.stringify(value) ?? "null");
}

function shorten(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT).toWellFormed()}… (${text.length - MAX_TEXT} more characters)`;
}
