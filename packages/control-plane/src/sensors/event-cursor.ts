import { ExpectedError } from "@millrace/model/expected-error";

/** How far a sensor that watches has seen. */
export type EventCursor = AssetEventCursor | RunEventCursor;

/** The newest materialization seen of each asset; 0: none yet. Assets are apart, so that one that is behind misses nothing. */
export interface AssetEventCursor {
  readonly kind: "assets";
  readonly seen: Readonly<Record<string, string>>;
}

/** How far the changes of runs were seen, see `readRunChanges`. */
export interface RunEventCursor {
  readonly kind: "runs";
  readonly seq: number;
}

/** A text that is not a cursor of events. */
export class InvalidEventCursor extends ExpectedError {
  readonly code = "invalid_event_cursor";
  constructor(options?: ErrorOptions) {
    super("`eventCursor` must be one that an earlier evaluation of a sensor has answered, or empty", options);
  }
}

/** The cursor as text, for the API and whoever stores it. */
export function formatEventCursor(cursor: EventCursor): string {
  return JSON.stringify(cursor);
}

/**
 * Reads a cursor that somebody hands back.
 *
 * @throws InvalidEventCursor
 */
export function parseEventCursor(text: string): EventCursor {
  const fields = parseObject(text);
  const { kind, seen, seq } = fields;
  if (kind === "assets") {
    if (typeof seen !== "object" || seen === null) throw new InvalidEventCursor();
    if (!Object.values(seen).every(isEventId)) throw new InvalidEventCursor();
    return { kind, seen: seen as Readonly<Record<string, string>> };
  }
  if (kind !== "runs" || typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0)
    throw new InvalidEventCursor();
  return { kind, seq };
}

function isEventId(value: unknown): boolean {
  return typeof value === "string" && /^\d{1,18}$/.test(value);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new InvalidEventCursor({ cause: error });
  }
  throw new InvalidEventCursor();
}
