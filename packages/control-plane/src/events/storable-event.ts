import { parseRunEvent } from "@millrace/model/parse-run-event";
import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";

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
  const clean = size <= maxBytes ? mapTexts(event, cleanText) : shrink(event, size, maxBytes);
  return { event: clean, json: JSON.stringify(clean) };
}

/** The text without characters that Postgres can't store. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** Any JSON value without characters that Postgres can't store, in names of fields too. */
export function cleanJson<T>(value: T): T {
  return mapTexts(value, cleanText);
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
  const shortTexts = { ...mapTexts(event, (text) => shorten(cleanText(text))), ...note };
  if (fits(shortTexts, maxBytes)) return shortTexts;
  const withoutMetadata = { ...shortTexts, metadata: shortMetadata(shortTexts, maxBytes / 2) };
  if (fits(withoutMetadata, maxBytes)) return withoutMetadata;
  // Lists of a hundred thousand items and the like: only short fields that somebody reads remain.
  const fields = Object.entries(withoutMetadata).filter(
    ([name, value]) => KEPT_FIELDS.includes(name) && fits(value, maxBytes / KEPT_FIELDS.length),
  );
  return parseRunEvent({ tags: {}, metadata: {}, stepKeys: [], ...Object.fromEntries(fields), ...note });
}

/** Metadata with each value that does not fit replaced by a text that says so. */
function shortMetadata(event: object, maxBytes: number): Readonly<Record<string, unknown>> {
  const metadata =
    "metadata" in event && typeof event.metadata === "object" ? Object.entries(event.metadata ?? {}) : [];
  const room = maxBytes / Math.max(1, metadata.length);
  return Object.fromEntries(
    metadata.map(([name, value]) => {
      const size = Buffer.byteLength(JSON.stringify(value));
      return [name, size <= room ? value : { type: "text", text: `left out: ${size} bytes` }];
    }),
  );
}

function fits(value: unknown, maxBytes: number): boolean {
  return Buffer.byteLength(JSON.stringify(value) ?? "") <= maxBytes;
}

function shorten(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${text.slice(0, MAX_TEXT).toWellFormed()}… (${text.length - MAX_TEXT} more characters)`;
}

function mapTexts<T>(value: T, change: (text: string) => string): T;
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [change(name), mapTexts(item, change)]),
  );
}
