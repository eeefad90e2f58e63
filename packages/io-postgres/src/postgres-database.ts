import { resource, type Resource } from "millrace";
import { Pool } from "pg";
import { z } from "zod";

const config = z.object({
  /** `postgresql://user@host:5432/database`, with options such as `?sslmode=require`. */
  url: z.string(),
  /** The password, where it does not stand in the address. */
  password: z.string().optional(),
  /** The schema of assets whose key has one part. */
  schema: z.string().default("public"),
  /** Connections that one run opens at most. */
  maxConnections: z.int().min(1).default(4),
});

/** A PostgreSQL database that a run is connected to. */
export interface PostgresDatabase {
  /** Connections of the driver `pg`, for queries of your own. Closed at the end of the run. */
  readonly pool: Pool;
  /** The schema of assets whose key has one part. */
  readonly schema: string;
}

/** There is no connection to a database. */
export class PostgresUnreachable extends Error {
  readonly code = "postgres_unreachable";

  constructor(name: string, url: string, cause: unknown) {
    // What connecting to several addresses throws has no message of its own.
    const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    const why = first instanceof Error ? first.message : String(first);
    super(`The database "${name}" at ${placeOf(url)} can not be reached: ${why}`, { cause });
    this.name = "PostgresUnreachable";
  }
}

/** The config of `postgresDatabase`. */
export type PostgresConfig = typeof config;

/**
 * A resource that is a PostgreSQL database. Give it its config with `withConfig`.
 *
 * @example
 * const warehouse = withConfig(postgresDatabase("warehouse"), { url: env("WAREHOUSE_URL") });
 */
export function postgresDatabase(name: string): Resource<PostgresDatabase, PostgresConfig> {
  return resource(name, {
    description: "A PostgreSQL database",
    config,
    setup: async ({ config, log }): Promise<PostgresDatabase> => {
      const pool = new Pool({
        connectionString: withPassword(config.url, config.password),
        max: config.maxConnections,
        application_name: "millrace",
      });
      // A connection that breaks while nobody uses it: the next query opens another one.
      pool.on("error", (error) => log.warning(`A connection of ${name} broke: ${error.message}`));
      // The pool stops listening to a connection that it ends: one that breaks just then must not end the process.
      pool.on("connect", (client) => client.on("error", () => {}));
      try {
        await pool.query("select 1");
      } catch (cause) {
        await pool.end();
        throw new PostgresUnreachable(name, config.url, cause);
      }
      return { pool, schema: config.schema };
    },
    teardown: ({ pool }) => pool.end(),
  });
}

/** Host and database of an address, without who connects. */
function placeOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "an address that is no URL" : `${parsed.host}${parsed.pathname}`;
}

function withPassword(url: string, password: string | undefined): string {
  if (password === undefined) return url;
  const parsed = new URL(url);
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}
