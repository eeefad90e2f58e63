import { resource, type Resource } from "millrace";
import { Client, Pool, type ClientConfig } from "pg";
import { z } from "zod";
import { PostgresUnreachable } from "./postgres-errors.ts";

const seconds = z.number().positive().max(2_000_000);

const config = z.strictObject({
  /** `postgresql://user@host:5432/database`, with options such as `?sslmode=require`. */
  url: z.string(),
  /** The password, where it does not stand in the address. */
  password: z.string().optional(),
  /** TLS where the address does not say enough: certificates as PEM. The server's is checked unless that is turned off. */
  tls: z
    .strictObject({
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional(),
      servername: z.string().optional(),
      rejectUnauthorized: z.boolean().optional(),
    })
    .optional(),
  /** The schema of assets whose key has one part. */
  schema: z.string().default("public"),
  /** Connections that one run opens at most, beside one for each stream of rows that it reads. */
  maxConnections: z.int().min(1).default(4),
  /** How long to wait for the server to take a connection. */
  connectTimeoutSeconds: seconds.default(30),
  /** How long a connection stays that nobody uses. */
  idleTimeoutSeconds: seconds.default(10),
  /** How long one statement may take, such as the insertion of all rows. Default: as the server says. */
  statementTimeoutSeconds: seconds.optional(),
  /** How long a statement may wait for a lock of somebody else's. Default: as the server says. */
  lockTimeoutSeconds: seconds.optional(),
});

/** A PostgreSQL database that a run is connected to. */
export interface PostgresDatabase {
  /** Connections of the driver `pg`, for queries of your own. Closed at the end of the run. */
  readonly pool: Pool;
  /** The schema of assets whose key has one part. */
  readonly schema: string;
  /** The resource's name, and where the database is, for messages. */
  readonly place: string;
  /** Opens a connection beside the pool's, for what may hold it for long. Whoever opens it ends it. */
  readonly connect: () => Promise<Client>;
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
      const place = `"${name}" at ${placeOf(config.url)}`;
      const options = clientOptions(config);
      const pool = new Pool({
        max: config.maxConnections,
        idleTimeoutMillis: config.idleTimeoutSeconds * 1_000,
        // The pool's own limit would count while one of its connections is waited for.
        Client: class extends Client {
          constructor() {
            super(options);
          }
        },
      });
      // A connection that breaks while nobody uses it: the next query opens another one.
      pool.on("error", (error) => log.warning(`A connection of ${name} broke: ${error.message}`));
      // The pool stops listening to a connection that it ends: one that breaks just then must not end the process.
      pool.on("connect", (client) => client.on("error", () => {}));
      try {
        await pool.query("select 1");
      } catch (cause) {
        await pool.end();
        throw new PostgresUnreachable(place, cause);
      }
      const connect = async (): Promise<Client> => {
        const client = new Client(options);
        client.on("error", () => {});
        await client.connect().catch((cause: unknown) => {
          throw new PostgresUnreachable(place, cause);
        });
        return client;
      };
      return { pool, schema: config.schema, place, connect };
    },
    teardown: ({ pool }) => pool.end(),
  });
}

function clientOptions(config: z.output<PostgresConfig>): ClientConfig {
  const { tls, connectTimeoutSeconds, statementTimeoutSeconds, lockTimeoutSeconds } = config;
  return {
    connectionString: withPassword(config.url, config.password),
    application_name: "millrace",
    connectionTimeoutMillis: connectTimeoutSeconds * 1_000,
    // A peer that is gone without a word is noticed.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    ...(tls === undefined ? {} : { ssl: defined(tls) }),
    ...(statementTimeoutSeconds === undefined ? {} : { statement_timeout: statementTimeoutSeconds * 1_000 }),
    ...(lockTimeoutSeconds === undefined ? {} : { lock_timeout: lockTimeoutSeconds * 1_000 }),
  };
}

function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
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
