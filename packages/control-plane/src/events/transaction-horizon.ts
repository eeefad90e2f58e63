import { sql } from "kysely";

/** In a query: the oldest transaction that was under way when it began, of all databases of the server. All before it have ended. */
export const OLDEST_TRANSACTION = sql<number>`pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;

/**
 * In a query: a transaction id above all that were given when it began, for the horizon of an `EventMark`.
 *
 * Where a snapshot ends is no answer: it is behind the newest transaction that has ended, and others may be under way that began later.
 * A number of our own is above all that were given.
 */
export const NEXT_TRANSACTION = sql<number>`(select pg_current_xact_id()::text::bigint)`;
