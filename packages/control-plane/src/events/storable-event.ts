import type { RunEvent, UnknownEvent } from "@millrace/model/run-event";
import { MAX_EVENT_BYTES, shrinkEvent } from "@millrace/model/shrink-event";
import { replaceUnstorable } from "../api/replace-unstorable.ts";

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
  const clean = size <= maxBytes ? replaceUnstorable(event) : shrinkEvent(replaceUnstorable(event), maxBytes);
  return { event: clean, json: JSON.stringify(clean) };
}
