import { Kysely, PostgresDialect, type PostgresPool, type Transaction } from "kysely";
import { Pool, TypeOverrides, types, type PoolConfig } from "pg";
import { withNamedStatements } from "./named-statements.ts";
import type { Database } from "./tables.gen.ts";

/** The metadata database, or a transaction of it: what one statement needs that is right inside and outside of a transaction. */
export type Db = Kysely<Database>;

/** A transaction of the metadata database: what several statements need that must hold together, or that hold rows. */
export type Trx = Transaction<Database>;

/** Knobs of `connect`. */
export interface ConnectOptions {
  /** Connections kept at most. Default: 10. */
  readonly maxConnections?: number;
  /**
   * Seconds after which a connection is replaced, once it is free: a server process keeps what it has learned of every table and
   * statement. Default: 600.
   */
  readonly lifetimeSeconds?: number;
  /** Told when a connection breaks, as when the database restarts; the pool opens a new one by itself. */
  readonly onConnectionLost?: (error: Error) => void;
  /** Told of each statement that failed, besides whoever sent it. */
  readonly onStatementFailed?: (error: unknown) => void;
  /** Stands between statements and the connections that they go to. Default: nothing does. */
  readonly watch?: (pool: PostgresPool) => PostgresPool;
}

/**
 * Opens a pool of connections to the metadata database. Nothing is dialled before the first query.
 * Works behind PgBouncer in transaction mode: no session state, and named statements only where no pooler is between.
 *
 * @param url such as `postgresql://user:password@host:5432/millrace`, or `…/millrace?host=/socket/folder` for a unix socket.
 */
export function connect(url: string, options: ConnectOptions = {}): Db {
  const pool = new Pool({
    ...clientConfig(url),
    max: options.maxConnections ?? 10,
    idleTimeoutMillis: 60_000,
    maxLifetimeSeconds: options.lifetimeSeconds ?? 600,
  });
  // A connection may break idle or between two statements of a transaction; unheard, either would end the process.
  pool.on("connect", (client) => client.on("error", (error) => options.onConnectionLost?.(error)));
  pool.on("error", () => {});
  const { watch = (watched) => watched } = options;
  return new Kysely<Database>({
    dialect: new PostgresDialect({ pool: watch(withNamedStatements(pool)) }),
    log(event) {
      if (event.level === "error") options.onStatementFailed?.(event.error);
    },
  });
}

/** Settings every connection of ours shares, pooled or not. */
export function clientConfig(url: string): PoolConfig {
  return {
    connectionString: url,
    application_name: "millrace",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: bigintTypes,
  };
}

/** Reads `bigint` as a number: ours are counts, offsets and row numbers, far below 2^53. */
const bigintTypes = new TypeOverrides();
bigintTypes.setTypeParser(types.builtins.INT8, Number);
