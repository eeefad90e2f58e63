import { sql, type PostgresPool, type PostgresPoolClient, type RawBuilder } from "kysely";
import type { ClientBase, Pool, PoolClient } from "pg";
import { isOpening, queryOpened } from "./opened-query.ts";

/**
 * Begins a statement that is planned for its values each time: what is best for a rare tag reads everything for a frequent one.
 */
export const plannedEachTime: RawBuilder<unknown> = sql.raw("/* planned each time */");
const PLANNED_EACH_TIME = /^\s*\/\* planned each time \*\//;

/** A text that was run this often is worth a plan that is kept. */
const NAMED_FROM = 3;
/** Statements that each connection keeps at most: a server process needs some 50 KB for one. */
const MAX_NAMED = 256;
/** Texts that are counted at most; lists of values make new ones for ever. */
const MAX_COUNTED = 1_024;
/** Longer texts carry values, and are not seen again. */
const MAX_LENGTH = 8_192;

/**
 * The pool for Kysely, in which statements that are run again and again are parsed and planned once per connection. PostgreSQL
 * spends more time planning our statements than executing them.
 *
 * A connection through a pooler such as PgBouncer changes its server process from one transaction to the next, and a name from
 * one means nothing in another: there every statement is sent whole.
 */
export function withNamedStatements(pool: Pool): PostgresPool {
  const nameOf = createStatementNames();
  const clients = new WeakMap<PoolClient, Promise<PostgresPoolClient>>();
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const known = clients.get(client) ?? prepareClient(client, nameOf);
      clients.set(client, known);
      return known.catch((error: unknown) => {
        clients.delete(client);
        client.release(true);
        throw error;
      });
    },
  };
}

/**
 * Which statements have a name. The same text has the same name on every connection.
 *
 * @returns the name of a text, or null when it is not worth one (yet); counts each call.
 */
export function createStatementNames(): (text: string) => string | null {
  const names = new Map<string, string>();
  const uses = new Map<string, number>();
  return (text) => {
    const name = names.get(text);
    if (name !== undefined) return name;
    if (names.size >= MAX_NAMED || text.length > MAX_LENGTH || PLANNED_EACH_TIME.test(text)) return null;
    const count = (uses.get(text) ?? 0) + 1;
    if (count < NAMED_FROM) {
      if (uses.size >= MAX_COUNTED) uses.clear();
      uses.set(text, count);
      return null;
    }
    uses.delete(text);
    const given = `s${names.size}`;
    names.set(text, given);
    return given;
  };
}

/** The client as Kysely uses it. */
async function prepareClient(
  client: PoolClient,
  nameOf: (text: string) => string | null,
): Promise<PostgresPoolClient> {
  const isDirect = await isServerProcess(client);
  let isOutdated = false;
  let opening: string[] = [];

  async function run(text: string, values: readonly unknown[] = []): Promise<unknown> {
    if (isOpening(text)) {
      opening.push(text);
      return { command: "BEGIN", rowCount: null, rows: [] };
    }
    const name = isDirect && values.length > 0 ? nameOf(text) : null;
    const config = { text, values: [...values], ...(name === null ? {} : { name }) };
    const before = opening;
    opening = [];
    try {
      return await (before.length === 0 ? client.query(config) : queryOpened(client, before, config));
    } catch (error) {
      // Whether the named one of statements that went together was parsed, nobody knows.
      isOutdated ||= isOutdatedPlan(error) || (before.length > 0 && name !== null);
      throw error;
    }
  }

  return {
    query: run as PostgresPoolClient["query"],
    release: (destroy?: boolean) => client.release(destroy === true || isOutdated),
  };
}

/**
 * Whether the process that answers is the one that was connected to. A pooler hands out numbers of its own, as it must: a
 * cancel request has to reach it.
 */
export async function isServerProcess(client: ClientBase): Promise<boolean> {
  if (!("processID" in client)) return false;
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid === client.processID;
}

/**
 * Whether a statement was refused because a table that it reads was changed since it was planned, as a newer version of Millrace
 * does beside this one: the next connection plans it anew.
 */
export function isOutdatedPlan(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    error.code === "0A000" &&
    error.message.includes("cached plan must not change result type")
  );
}
