import { sql, type RawBuilder } from "kysely";

/** An event as its row in `run_event` keeps it. */
export interface EventRow {
  readonly type: string;
  readonly timestamp: Date;
  readonly stepKey: string | null;
  readonly level: string | null;
  readonly message: string;
  /** What no column says. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** Types that the index of types leaves out: those that are most, and those that every run has at its beginning and its end. */
const LEFT_OUT = [
  "LOG",
  "LOADED_INPUT",
  "HANDLED_OUTPUT",
  "RUN_ENQUEUED",
  "RUN_STARTING",
  "RUN_START",
  "RUN_SUCCESS",
];

/** Whether the index of types finds events of these types. */
export function isIndexed(types: readonly string[]): boolean {
  return !types.some((type) => LEFT_OUT.includes(type));
}

/** Says that an event is of a type that is indexed: a plan for any values can use the index only where the text says so. */
export const ofIndexedType = sql`type not in (${sql.join(LEFT_OUT.map((type) => sql.lit(type)))})`;

/**
 * The part of an event that its row keeps as JSON: what has a column of its own is not kept twice.
 *
 * @param event the whole event, `jsonb`.
 */
export function restOfEvent(event: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${event} - ('{type,message,timestamp}'::text[]
    || case when ${event} ->> 'stepKey' is null then '{}' else '{stepKey}' end::text[]
    || case ${event} ->> 'type' when 'LOG' then '{level}' else '{}' end::text[])`;
}

/** The whole event of a row. Rows of older versions kept all of it in `event`. */
export function wholeEvent({ type, timestamp, stepKey, level, message, event }: EventRow): object {
  return {
    ...event,
    type,
    timestamp: timestamp.getTime(),
    message,
    ...(stepKey === null ? {} : { stepKey }),
    ...(type === "LOG" ? { level } : {}),
  };
}
