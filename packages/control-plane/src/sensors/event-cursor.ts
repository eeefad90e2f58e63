import { ExpectedError } from "@millrace/model/expected-error";

/** How far a sensor that watches has seen. */
export type EventCursor = AssetEventCursor | RunEventCursor;

/** The newest materialization seen of each asset; 0: none yet. Assets are apart, so that one that is behind misses nothing. */
export interface AssetEventCursor {
  readonly kind: "assets";
  readonly seen: Readonly<Record<string, string>>;
}

/** The last status event seen, in the order of storing. */
export interface RunEventCursor {
  readonly kind: "runs";
  /** ISO-8601 instant in UTC with microseconds, as the database tells them apart; as texts they order as instants do. */
  readonly storedAt: string;
  readonly runId: string;
  readonly position: number;
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
  const { kind, seen, storedAt, runId, position } = fields;
  if (kind === "assets") {
    if (typeof seen !== "object" || seen === null) throw new InvalidEventCursor();
    if (!Object.values(seen).every(isEventId)) throw new InvalidEventCursor();
    return { kind, seen: seen as Readonly<Record<string, string>> };
  }
  const isComplete =
    kind === "runs" &&
    typeof storedAt === "string" &&
    typeof runId === "string" &&
    Number.isInteger(position);
  if (!isComplete || !INSTANT.test(storedAt) || !UUID.test(runId)) throw new InvalidEventCursor();
  return { kind, storedAt, runId, position: position as number };
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

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
