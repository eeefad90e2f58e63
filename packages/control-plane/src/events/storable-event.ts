import { parseRunEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";
import { mapTexts, replaceUnstorable } from "../api/replace-unstorable.ts";

/** Bytes of JSON that one event may take in the database. */
export const MAX_EVENT_BYTES = 1_048_576;
/** Longest text inside an event that had to be made smaller, in characters. */
const MAX_TEXT = 16_384;

/** An event as it will be stored: its JSON, and the event that this JSON says. */
export interface StorableEvent {
  readonly event: RunEvent | UnknownEvent;
  readonly json: string;
}

/**
 * Makes an event fit for the database: characters that Postgres can't store (NUL, halves of surrogate pairs) become
 * U+FFFD, and an event over `MAX_EVENT_BYTES` loses what is long in it, with a note in its place. An ordinary event comes
 * back unchanged.
 *
 * @throws InvalidRunEvent for an event that would lose what identifies it, such as an asset key of a megabyte.
 */
export function toStorableEvent(event: RunEvent | UnknownEvent, maxBytes = MAX_EVENT_BYTES): StorableEvent {
  const json = JSON.stringify(event);
  const size = Buffer.byteLength(json);
  // Both escapes are rare: a hit may also be an escaped backslash before "u0000", which then costs only time.
  if (size <= maxBytes && !/\\u0000|\\ud[89a-f]/i.test(json)) return { event, json };
  const clean = size <= maxBytes ? replaceUnstorable(event) : shrink(event, size, maxBytes);
  return { event: clean, json: JSON.stringify(clean) };
}

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

function shrink(event: RunEvent | UnknownEvent, size: number, maxBytes: number): RunEvent | UnknownEvent {
  const note = { truncatedBytes: size };
  const shortTexts = { ...mapTexts(replaceUnstorable(event), (text) => shorten(text)), ...note };
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
  return { type: "text", text: `left out: ${Buffer.byteLength(JSON.stringify(value))} bytes` };
}

/** As many items from the beginning as have so many bytes of JSON together. */
function takeFirst(items: readonly unknown[], maxBytes: number): readonly unknown[] {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item) ?? "null") + 1;
    return bytes > maxBytes;
  });
  return end < 0 ? items : items.slice(0, end);
}

function fits(value: unknown, maxBytes: number): boolean {
  return Buffer.byteLength(JSON.stringify(value) ?? "") <= maxBytes;
}

function shorten(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT).toWellFormed()}… (${text.length - MAX_TEXT} more characters)`;
}
