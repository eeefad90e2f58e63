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

/** Types that the index of types leaves out, as they are most. */
const LEFT_OUT: readonly string[] = ["LOG", "LOADED_INPUT", "HANDLED_OUTPUT"];

/** Whether the index of types finds events of these types. */
export function isIndexed(types: readonly string[]): boolean {
  return types.every((type) => !LEFT_OUT.includes(type));
}

/** Says that an event is of a type that is indexed: a plan for any values can use the index only where the text says so. */
export const ofIndexedType = sql`type not in ('LOG', 'LOADED_INPUT', 'HANDLED_OUTPUT')`;

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
